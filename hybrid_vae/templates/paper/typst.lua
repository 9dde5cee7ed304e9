-- Cross-references, equations with a label and alternative texts, for the paper as typst.
local function raw(text) return pandoc.RawInline('typst', text) end
local function quoted(text) return '"' .. text:gsub('\\', '\\\\'):gsub('"', '\\"') .. '"' end
function Cite(cite)
  local out = pandoc.Inlines{}
  for i, c in ipairs(cite.citations) do
    if not c.id:match '^%a+%-' or not ({fig = 1, tbl = 1, eq = 1, sec = 1})[c.id:match '^(%a+)%-'] then return nil end
    if i > 1 then out:insert(pandoc.Str ', ') end
    out:insert(raw('#ref(<' .. c.id .. '>)'))
  end
  return out
end
function Para(para)
  local last = para.content[#para.content]
  local id = last and last.t == 'Str' and last.text:match '^{#(eq%-[%w_-]+)}$'
  if id then para.content[#para.content] = raw('<' .. id .. '>'); return para end
end
function Figure(fig)
  local image
  fig:walk{Image = function(found) image = found end}
  if not image then return nil end
  local caption = pandoc.write(pandoc.Pandoc{pandoc.Plain(pandoc.utils.blocks_to_inlines(fig.caption.long))}, 'typst')
  local picture = 'image(' .. quoted(image.src) .. ', width: ' .. (image.attributes.width or '100%') .. ', alt: ' .. quoted(image.attributes['fig-alt'] or '') .. ')'
  return pandoc.RawBlock('typst', '#figure(' .. picture .. ', caption: [' .. caption:gsub('%s+$', '') .. ']) <' .. fig.identifier .. '>')
end
