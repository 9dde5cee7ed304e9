-- pandoc's way without Quarto: cells of notebooks, captions, numbers, references and links, for HTML, typst and LaTeX.
local typst, latex = FORMAT:match 'typst' ~= nil, FORMAT:match 'latex' ~= nil
local html = not typst and not latex
local Str, Space, Plain = pandoc.Str, pandoc.Space, pandoc.Plain
local words = {fig = 'Figure', tbl = 'Table', eq = 'Equation', sec = 'Section'}
local counts, sections, refs, ids = {fig = 0, tbl = 0, eq = 0}, {}, {}, {} -- refs: label -> word and number of what it names
local function kind_of(label) local kind = label:match '^(%a+)%-'; return words[kind] and kind end
local function raw(text) return pandoc.RawBlock(latex and 'latex' or typst and 'typst' or 'html', text) end
local function quoted(text) return '"' .. text:gsub('\\', '\\\\'):gsub('"', '\\"'):gsub('%s+', ' ') .. '"' end

-- Cells: `#|` lines are YAML; hidden cells and progress bars go, pictures and tables get captions.

local function split_cell(text)
  local head, code = {}, {}
  for line in (text .. '\n'):gmatch '(.-)\n' do
    if #code == 0 and line:match '^#|' then table.insert(head, (line:gsub('^#| ?', ''))) else table.insert(code, line) end
  end
  return pandoc.read('---\n' .. table.concat(head, '\n') .. '\n---\n', 'markdown').meta, (table.concat(code, '\n'):gsub('%s+$', ''))
end

local function inlines(value) -- of metadata
  if value == nil then return pandoc.Inlines{} end
  return pandoc.utils.type(value) == 'Blocks' and pandoc.utils.blocks_to_inlines(value) or pandoc.Inlines(value)
end

local function picture_in(options) -- turns the paragraph of a picture into a figure
  local label, first = pandoc.utils.stringify(options.label or ''), true
  return function(para)
    local image = para.content[1]
    if #para.content ~= 1 or image.t ~= 'Image' then return nil end
    image.caption, image.attributes['fig-alt'] = {}, pandoc.utils.stringify(inlines(options['fig-alt']))
    if not options['fig-cap'] then return para end
    local id = first and label or ''
    first = false
    return pandoc.Figure({Plain{image}}, {long = {Plain(inlines(options['fig-cap']))}}, pandoc.Attr(id))
  end
end

local function names_picture(block) -- what plotting returns beside its picture says nothing
  for _, name in ipairs{'matplotlib', 'seaborn', 'Figure size', 'Axes'} do if block.text:match('^%[?<' .. name) then return true end end
end

local function best(output) -- of the forms in which a notebook keeps one output
  if not output.classes:includes 'display_data' and not output.classes:includes 'execute_result' then return output end
  local forms = {}
  for _, block in ipairs(output.content) do forms[block.t == 'RawBlock' and block.format or block.t] = block end
  local text = forms.markdown or forms.latex
  if html and forms.html then output.content = {forms.html}
  elseif forms.Para then output.content = {forms.Para}
  elseif text then output.content = pandoc.read(text.text, 'markdown').blocks
  elseif forms.CodeBlock and names_picture(forms.CodeBlock) then output.content = {} end
  return output
end

local function cell(div)
  local options, code = split_cell(div.content[1].text)
  if options.include == false then return {} end
  local shown = options.echo ~= false and code ~= '' and pandoc.Blocks{pandoc.CodeBlock(code, {class = 'python'})} or pandoc.Blocks{}
  if html and options['code-fold'] == true then
    shown = pandoc.Blocks{raw '<details><summary>', Plain(inlines(options['code-summary'] or 'Code')), raw '</summary>'} .. shown .. pandoc.Blocks{raw '</details>'}
  end
  local picture, label, outputs = picture_in(options), pandoc.utils.stringify(options.label or ''), pandoc.Blocks{}
  for i = 2, #div.content do
    local output = div.content[i]
    if not output.classes:includes 'stderr' and options.output ~= false then outputs:insert(best(output):walk{Para = picture, Plain = picture}) end
  end
  if label:match '^tbl%-' then
    outputs = pandoc.Blocks{pandoc.Figure(outputs, {long = {Plain(inlines(options['tbl-cap']))}}, pandoc.Attr(label, {'tbl-float'}))}
  end
  return pandoc.Div(shown .. outputs, {class = 'cell'})
end

local function unpack_div(div)
  if div.classes:includes 'content-visible' and div.attributes['when-format'] == 'html' then return html and div.content or {} end
  if not div.classes:includes 'cell' then return nil end
  return div.classes:includes 'code' and cell(div) or div.content
end

local function as_printed(block) -- without terminal colours and without lines that were written over, as those of a progress bar
  block.text = block.text:gsub('\27%[[%d;?]*%a', ''):gsub('[^\n]*\r([^\r\n])', '%1')
  return block
end

-- Numbers. HTML gets them as text; typst and LaTeX count by themselves.

local function lift_title(doc) -- a notebook says its title in its first heading
  local first = doc.blocks[1]
  if doc.meta.title or not first or first.t ~= 'Header' or first.level ~= 1 then return end
  doc.meta.title = first.content
  doc.blocks:remove(1)
end

local function section_number(depth)
  sections[depth] = (sections[depth] or 0) + 1
  for i = 1, depth do sections[i] = sections[i] or 0 end
  for i = depth + 1, 9 do sections[i] = nil end
  return table.concat(sections, '.', 1, depth)
end

local function header_in(doc)
  local top, numbered = 9, doc.meta['number-sections'] == true
  doc:walk{Header = function(header) top = math.min(top, header.level) end}
  return function(header)
    local depth = header.level - top + 1
    header.level = html and depth + 1 or depth
    refs[header.identifier] = {nil, header.content:clone()}
    if not html or not numbered or header.classes:includes 'unnumbered' then return header end
    local number = section_number(depth)
    refs[header.identifier] = {words.sec, pandoc.Inlines(number)}
    header.content = pandoc.Inlines{pandoc.Span(number, {class = 'header-section-number'}), Space()} .. header.content
    return header
  end
end

local function captioned(el) -- a figure or table; what has neither label nor caption is not counted, as in typst
  local caption = pandoc.utils.blocks_to_inlines(el.caption.long)
  local kind = kind_of(el.identifier) or el.t == 'Table' and 'tbl' or 'fig'
  if el.identifier == '' and #caption == 0 then return caption end
  counts[kind] = counts[kind] + 1
  refs[el.identifier] = {words[kind], pandoc.Inlines(tostring(counts[kind]))}
  return pandoc.Inlines{Str(words[kind] .. '\u{a0}' .. counts[kind] .. ':'), Space()} .. caption
end

local function figure(fig)
  fig.caption = {long = {Plain(captioned(fig))}}
  return fig
end

local function boxed(tbl) -- a table scrolls in a box of its own; its caption stays outside
  local caption, id = captioned(tbl), tbl.identifier
  tbl.caption, tbl.identifier = {long = {}}, ''
  local said = #caption > 0 and pandoc.utils.stringify(caption) or 'Table'
  local box = pandoc.Div({tbl}, pandoc.Attr('', {'table-scroll'}, {{'tabindex', '0'}, {'role', 'region'}, {'aria-label', said}})) -- pairs, which keep their order
  if #caption == 0 and id == '' then return box, false end
  return pandoc.Figure({box}, {long = {Plain(caption)}}, pandoc.Attr(id, {'tbl-float'})), false
end

local function equation(para) -- `$$ ... $$ {#eq-name}`
  local math, last = para.content[1], para.content[#para.content]
  local id = math and math.t == 'Math' and last.t == 'Str' and last.text:match '^{#(eq%-[%w_-]+)}$'
  if not id then return nil end
  if latex then return raw('\\begin{equation}\\label{' .. id .. '}' .. math.text .. '\\end{equation}') end
  if typst then return raw('#math.equation(block: true, numbering: "(1)", [' .. pandoc.write(pandoc.Pandoc{Plain{math}}, 'typst') .. ']) <' .. id .. '>') end
  counts.eq = counts.eq + 1
  refs[id] = {words.eq, pandoc.Inlines(tostring(counts.eq))}
  return pandoc.Div({Plain{math}, Plain{Str('(' .. counts.eq .. ')')}}, {id = id, class = 'equation'})
end

-- References, pictures and links.

local function reference(citation)
  local kind, ref = kind_of(citation.id), refs[citation.id]
  if latex then return pandoc.RawInline('latex', words[kind] .. '~\\ref{' .. citation.id .. '}') end
  if typst then return pandoc.RawInline('typst', '#ref(<' .. citation.id .. '>)') end
  if not ref then error('the reference @' .. citation.id .. ' has no target', 0) end
  return pandoc.Link(ref[1] and pandoc.Inlines{Str(ref[1] .. '\u{a0}')} .. ref[2] or ref[2], '#' .. citation.id)
end

local function cite(el) -- what names no figure, table, equation or section is left to the citation processor
  local out = pandoc.Inlines{}
  for i, citation in ipairs(el.citations) do
    if not kind_of(citation.id) then return nil end
    if i > 1 then out:extend{Str ',', Space()} end
    out:insert(reference(citation))
  end
  return out
end

local function image(img)
  local alt = img.attributes['fig-alt'] or img.attributes.alt or pandoc.utils.stringify(img.caption)
  img.attributes['fig-alt'], img.attributes.alt = nil, alt
  if not typst then return img end
  local width = img.attributes.width and ', width: ' .. img.attributes.width or ''
  local path = img.src:gsub('%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end)
  return pandoc.RawInline('typst', '#image(' .. quoted(path) .. width .. ', alt: ' .. quoted(alt) .. ')')
end

local function together(list) -- `a ± b` stays on one line on the screen; on paper columns may need the place
  for i = 2, html and #list - 1 or 0 do
    if list[i].t == 'Str' and list[i].text == '±' then list[i - 1], list[i + 1] = Str '\u{a0}', Str '\u{a0}' end
  end
  return list
end

local function link(el) -- pages link to pages; paper has no page beside it, and typst stops at a label that is not there
  local id, away = el.target:match '^#(.*)', el.target:match '^%a[%w+.-]*:'
  if typst and (id and not ids[id] or not id and not away) then return el.content end
  if html and not away then
    el.target = el.target:gsub('%.qmd$', '.html'):gsub('%.ipynb$', '.html'):gsub('%.qmd#', '.html#'):gsub('%.ipynb#', '.html#')
  end
  return el
end

function Pandoc(doc)
  doc = doc:walk{Div = unpack_div}:walk{CodeBlock = as_printed}
  lift_title(doc)
  doc = doc:walk{traverse = 'topdown', Header = header_in(doc), Para = equation, Figure = html and figure or nil, Table = html and boxed or nil}
  local collect = {}
  for _, name in ipairs{'Header', 'Div', 'Span', 'Figure', 'Table'} do collect[name] = function(el) ids[el.identifier] = true end end
  doc:walk(collect)
  return doc:walk{Cite = cite, Image = image, Link = link, Inlines = together}
end
