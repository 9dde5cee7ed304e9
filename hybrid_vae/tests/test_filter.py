"Quarto reads the notebooks through nbdev's filter, which executes cells with imports."
import re
import nbformat
from execnb.nbio import read_nb
from nbdev.processors import FilterDefaults
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from hybrid_vae.tests.check_filter import refusal
from hybrid_vae.tests.site_links import link_names


def notebook(path, *cells):
    "A small notebook that exports a function."
    exported = ['#| default_exp made_up', '#| export\ndef double(x): return 2*x']
    nbformat.write(new_notebook(cells=[new_markdown_cell('# Made up\n\n> For tests.'), *map(new_code_cell, [*exported, *cells])]), path)
    return path


def test_an_import_beside_what_needs_other_cells_is_refused(tmp_path):
    assert refusal(notebook(tmp_path/'good.ipynb', 'y = double(4)', 'import math', 'math.sqrt(y)')) == ''
    assert "name 'y' is not defined" in refusal(notebook(tmp_path/'bad.ipynb', 'y = double(4)', 'import math\nmath.sqrt(y)'))


def filtered(path):
    "A notebook as Quarto gets it, with our links in place of nbdev's."
    class Filter(FilterDefaults):
        def procs(self): return [p for p in self.base_procs() if p.__name__ not in ('FrontmatterProc', 'add_links')] + [link_names]
    notebook = read_nb(path)
    Filter()(notebook)
    return notebook


def test_names_are_links_in_text_and_not_in_signatures(tmp_path):
    source = "#| export\ndef twice(x, # as `atomic_write` takes it\n         ): return 2*x"
    nb = new_notebook(cells=[new_markdown_cell('# Made up\n\n> For tests.\n\nSee `atomic_write`, `x`, `numpy`.\n\n```\n`atomic_write`\n```'),
                             *map(new_code_cell, ['#| default_exp made_up', source])])
    nbformat.write(nb, tmp_path/'a.ipynb')
    cells = filtered(tmp_path/'a.ipynb').cells
    text = cells[0].source
    assert re.search(r'See \[`atomic_write`\]\(/nbs/[\w.]+\.ipynb#atomic_write\), `x`, `numpy`\.', text) and '\n`atomic_write`\n' in text
    shown = ''.join(o['data']['text/markdown'] for c in cells for o in c.get('outputs', []) if 'text/markdown' in o.get('data', {}))
    assert 'as `atomic_write` takes it' in shown and '](' not in shown.split('```python')[1].split('```')[0]
