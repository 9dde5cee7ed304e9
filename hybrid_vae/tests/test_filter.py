"Quarto reads the notebooks through nbdev's filter, which executes cells with imports."
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from hybrid_vae.tests.check_filter import refusal


def notebook(path, *cells):
    "A small notebook that exports a function."
    exported = ['#| default_exp made_up', '#| export\ndef double(x): return 2*x']
    nbformat.write(new_notebook(cells=[new_markdown_cell('# Made up\n\n> For tests.'), *map(new_code_cell, [*exported, *cells])]), path)
    return path


def test_an_import_beside_what_needs_other_cells_is_refused(tmp_path):
    assert refusal(notebook(tmp_path/'good.ipynb', 'y = double(4)', 'import math', 'math.sqrt(y)')) == ''
    assert "name 'y' is not defined" in refusal(notebook(tmp_path/'bad.ipynb', 'y = double(4)', 'import math\nmath.sqrt(y)'))
