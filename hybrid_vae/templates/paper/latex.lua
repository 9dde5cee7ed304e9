-- Cross-references, equations, figures and tables, for the paper as LaTeX.
local words = {fig = 'Figure', tbl = 'Table', eq = 'Equation', sec = 'Section'}
local function raw(text) return pandoc.RawBlock('latex', text) end
local function latex(inlines) return (pandoc.write(pandoc.Pandoc{pandoc.Plain(inlines)}, 'latex', {cite_method = 'natbib'}):gsub('%s+$', '')) end
function Cite(cite)
  local out = {}
  for _, c in ipairs(cite.citations) do
    local word = words[c.id:match '^(%a+)%-']
    if not word then return nil end
    table.insert(out, word .. '~\\ref{' .. c.id .. '}')
  end
  return pandoc.RawInline('latex', table.concat(out, ', '))
end
-- A long word without spaces, such as a revision or the name of an encoder, may break anywhere.
local function breakable(text, markup)
  local most, out = 0, pandoc.Inlines{}
  for word in text:gmatch '%S+' do most = math.max(most, utf8.len(word)) end
  if most < 25 then return nil end
  for _, c in utf8.codes(text) do out:extend{markup(utf8.char(c)), pandoc.RawInline('latex', '\\allowbreak{}')} end
  return out
end
function Str(str) return breakable(str.text, pandoc.Str) end
function Code(code) return breakable(code.text, pandoc.Code) end
function Para(para) -- an equation that ends a paragraph, with its label after it
  local n = #para.content
  local math, id = para.content[n - 2], para.content[n].t == 'Str' and para.content[n].text:match '^{#(eq%-[%w_-]+)}$'
  if not id or math.t ~= 'Math' then return nil end
  para.content:remove(n); para.content:remove(n - 1)
  para.content[n - 2] = pandoc.RawInline('latex', '\\begin{equation}\\label{' .. id .. '}' .. math.text .. '\\end{equation}')
  return para
end
function Div(div)
  if div.identifier == 'refs' then return raw '{\\small\\setlength{\\bibsep}{2pt}\\bibliographystyle{plainnat}\n\\bibliography{references}}' end
end
function Header(header)
  if header.content[1].text == 'References' then return raw '\\FloatBarrier' end
end
function Figure(fig)
  local source
  fig:walk{Image = function(image) source = image.src end}
  local caption = latex(pandoc.utils.blocks_to_inlines(fig.caption.long))
  return raw('\\begin{figure}\n\\centering\n\\includegraphics[width=\\linewidth]{' .. source .. '}\n\\caption{' .. caption .. '}\\label{' .. fig.identifier .. '}\n\\end{figure}')
end
local letters = {AlignLeft = 'l', AlignRight = 'r', AlignCenter = 'c', AlignDefault = 'l'}
local function longest(rows, i)
  local most = 0
  for _, row in ipairs(rows) do most = math.max(most, utf8.len(pandoc.utils.stringify(row.cells[i].contents)) or 0) end
  return most
end
local function line(row)
  local cells = row.cells:map(function(cell) return latex(pandoc.utils.blocks_to_inlines(cell.contents)) end)
  return table.concat(cells, ' & ') .. ' \\\\\n'
end
-- The last three rows of a table stay on one page.
local function lines(rows)
  local out = rows:map(line)
  for i = math.max(1, #out - 2), #out - 1 do out[i] = out[i]:gsub('\n$', '*\n') end
  return table.concat(out)
end
function Table(tbl)
  local body, spec = pandoc.List{}, ''
  for _, part in ipairs(tbl.bodies) do body:extend(part.body) end
  for i, col in ipairs(tbl.colspecs) do spec = spec .. (longest(body, i) > 60 and 'p{0.7\\linewidth}' or letters[col[1]]) end
  local caption = latex(pandoc.utils.blocks_to_inlines(tbl.caption.long))
  local head = lines(tbl.head.rows)
  return raw('\\papertable{' .. caption .. '\\label{' .. tbl.identifier .. '}}{' .. spec .. '}{' .. head .. '}{' .. lines(body) .. '}')
end
