"What real Quarto refuses or shows wrongly, in notebooks and in written pages of a report: `python -m hybrid_vae.tests.check_quarto FOLDER`."
import json, re, sys
from pathlib import Path
from hybrid_vae.output.documentation import contents_page, documentation_config
from hybrid_vae.output.project import RenderError, directives, load_yaml, split_front_matter

ROW = re.compile(r'^\|.*\|[ \t]*$', re.M)
TABLE = re.compile(r'((?:^\|.*\|[ \t]*\n)+)(?:\n?:[ \t]+(.+))?', re.M) # a pipe table, and its caption


def cells_of(row):
    "The cells of one line of a pipe table."
    return [cell.strip() for cell in re.split(r'(?<!\\)\|', row.strip())[1:-1]]


def uneven(rows):
    "Why the dashes under a table's head would give its columns the wrong widths, or ''. They count only where a line is longer than 72 characters."
    head, rule, *body = map(cells_of, rows)
    if max(map(len, rows)) <= 72 or len(rule) < 2: return ''
    text = [min(60, max(len(row[i]) for row in [head, *body] if i < len(row))) + 1 for i in range(len(rule))]
    dashes = [len(cell) for cell in rule]
    for i, name in enumerate(head):
        given, needed = dashes[i]/sum(dashes), text[i]/sum(text)
        if given < .5*needed: return f'column {name!r} has {given:.0%} of the dashes and {needed:.0%} of the text: give dashes in proportion'
    return ''


def table_problems(text, name):
    "Pipe tables that lose their caption in a PDF, or whose columns would be too narrow."
    text = re.sub(r'^(```+|~~~+).*?^\1[ \t]*$', '', text, flags=re.M | re.S) # code shows tables as they are written
    for rows, caption in TABLE.findall(text):
        rows = ROW.findall(rows)
        if len(rows) < 2 or not re.fullmatch(r'[|:\- \t]+', rows[1]): continue
        if caption and not re.search(r'\{#tbl-[\w-]+.*\}\s*$', caption): yield f'{name}: the table {caption[:50]!r} has a caption and no label such as {{#tbl-name}}'
        if found := uneven(rows): yield f'{name}: the table {(caption or rows[0])[:50]!r}: {found}'


def directive_problems(source, name):
    "`#|` lines of a cell that are no YAML, and captions that need a label."
    try: options, _, _ = directives(source, name)
    except RenderError as e: yield str(e); return
    if 'tbl-cap' in options and not str(options.get('label', '')).startswith('tbl-'): yield f'{name}: `tbl-cap` without a label such as `#| label: tbl-name`'


def notebook_problems(path):
    "Why Quarto would refuse a notebook, or show it wrongly."
    for cell in json.loads(Path(path).read_text(encoding='utf-8'))['cells']:
        name, source = f'{Path(path).name}, cell {cell.get("id", "")}', cell['source']
        if isinstance(source, str): yield f'{name}: `source` is one string, and Quarto joins its lines: nbformat wants a list of lines that keep their breaks'
        text = ''.join(source)
        if cell['cell_type'] == 'code': yield from directive_problems(text, name)
        else: yield from table_problems(text, name)


def page_problems(path):
    "Why Quarto would refuse a page, or show it wrongly."
    path = Path(path)
    text = path.read_text(encoding='utf-8')
    try: _, body = split_front_matter(text, path.name)
    except RenderError as e: yield str(e); return
    for cell in re.findall(r'^```\s*\{python\}\n(.*?)^```', body, re.M | re.S): yield from directive_problems(cell, path.name)
    yield from table_problems(body, path.name)
    labels = re.findall(r'\{#((?:fig|tbl|eq|sec)-[\w-]+)', body)
    for label in sorted({label for label in labels if labels.count(label) > 1}): yield f'{path.name}: the label {label} is given {labels.count(label)} times'


def project_problems(folder):
    "What is wrong in a folder of written pages and notebooks, before it is rendered."
    folder = Path(folder)
    config = folder/'_quarto.yml'
    try: named = load_yaml(config.read_text(encoding='utf-8'), config.name).get('project', {}).get('render', [])
    except (RenderError, OSError) as e: return [str(e)]
    return [problem for name in named for problem in (notebook_problems if name.endswith('.ipynb') else page_problems)(folder/name)]


def documentation_problems(root):
    "What is wrong in the checkout: its notebooks, and a `_quarto.yml` or `contents.md` that does not name each of them once."
    root = Path(root)
    notebooks = sorted(p for p in (root/'nbs').rglob('*.ipynb') if '.ipynb_checkpoints' not in p.parts)
    found = [problem for path in notebooks for problem in notebook_problems(path)]
    config, named = documentation_config(root), load_yaml((root/'_quarto.yml').read_text(encoding='utf-8'), '_quarto.yml')
    left = {p.relative_to(root).as_posix() for p in notebooks} - set(config['project']['render'])
    if left: found.append(f'no section of the documentation has {sorted(left)}')
    written = (root/'contents.md').read_text(encoding='utf-8') if (root/'contents.md').is_file() else ''
    if named != config or written != contents_page(root): found.append("_quarto.yml or contents.md is not what `write_documentation('.')` of hybrid_vae.output.documentation writes")
    return found


if __name__ == '__main__':
    found = project_problems(sys.argv[1])
    sys.exit('\n'.join(found) if found else None)
