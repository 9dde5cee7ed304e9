"What real Quarto refuses is refused here: each rule is broken once."
import json
import nbformat, pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from hybrid_vae.output.project import front_matter, write_config, write_project, website_config
from hybrid_vae.tests.check_quarto import documentation_problems, notebook_problems, page_problems, project_problems

TABLE = '| name | what it is |\n|:-----|:---------------------------------------------------------|\n| a | a long text that explains what this name stands for, at length and with an example |\n'


@pytest.fixture
def notebook(tmp_path):
    "Writes a notebook of one cell."
    def write(source, kind=new_code_cell):
        nbformat.write(new_notebook(cells=[kind(source)]), tmp_path/'a.ipynb')
        return tmp_path/'a.ipynb'
    return write


@pytest.mark.parametrize('source, problem', [
    ('#| fig-alt: "Two rows: a, b"\nplot()', ''), ('#| hide\n#| label: tbl-a\n#| tbl-cap: Numbers\ntable', ''),
    ('#| fig-alt: Two rows: a, b\nplot()', 'not valid YAML'), ('#| fig-cap: [a, b\nplot()', 'not valid YAML'),
    ('#| tbl-cap: Numbers\ntable', '`tbl-cap` without a label')])
def test_directives(notebook, source, problem):
    found = list(notebook_problems(notebook(source)))
    assert len(found) == bool(problem) and problem in ''.join(found)


def test_source_is_a_list(notebook):
    path = notebook('x = 1\ny = 2')
    assert list(notebook_problems(path)) == []
    content = json.loads(path.read_text())
    content['cells'][0]['source'] = ''.join(content['cells'][0]['source'])
    path.write_text(json.dumps(content))
    assert '`source` is one string' in next(notebook_problems(path))


@pytest.mark.parametrize('table, problem', [
    (TABLE, ''), (TABLE + '\n: Names {#tbl-names}\n', ''), (TABLE + '\n: Names\n', 'has a caption and no label'),
    (TABLE.replace('-'*57, '-'*4) + '\n: Names {#tbl-names}\n', "column 'what it is' has 45% of the dashes"),
    ('| a | b |\n|---|---|\n| 1 | 22222222222222222 |\n', ''), ('```\n| a |\n|---|\n\n: Names\n```\n', '')])
def test_tables(notebook, tmp_path, table, problem):
    (tmp_path/'a.qmd').write_text(front_matter('A') + table)
    for found in (list(page_problems(tmp_path/'a.qmd')), list(notebook_problems(notebook(table, new_markdown_cell)))):
        assert len(found) == bool(problem) and problem in ''.join(found)


def test_a_project(tmp_path, notebook):
    notebook('#| hide\nx = 1')
    (tmp_path/'index.qmd').write_text(front_matter('A: b') + '![a](a.png){#fig-a}\n')
    write_project(tmp_path, 'T', [('A', 'index.qmd'), ('B', 'a.ipynb')])
    assert project_problems(tmp_path) == []
    (tmp_path/'index.qmd').write_text('---\ntitle: A: b\n---\n')
    assert 'index.qmd: not valid YAML' in project_problems(tmp_path)[0]
    (tmp_path/'index.qmd').write_text(front_matter('A') + '![a](a.png){#fig-a}\n\n![b](b.png){#fig-a}\n')
    assert project_problems(tmp_path) == ['index.qmd: the label fig-a is given 2 times']
    (tmp_path/'_quarto.yml').unlink()
    assert '_quarto.yml' in project_problems(tmp_path)[0]


def test_the_documentation_names_every_notebook(tmp_path):
    from hybrid_vae.output.documentation import write_documentation
    for name in ('nbs/gallery', 'nbs/00_tracks', 'nbs/tutorials/01_start'):
        (tmp_path/name).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(new_notebook(cells=[new_markdown_cell('# Title: of it\n\n> About.')]), tmp_path/f'{name}.ipynb')
    (tmp_path/'index.qmd').write_text('---\nformat: html\n---\n')
    write_documentation(tmp_path)
    assert '- [Title: of it](nbs/00_tracks.ipynb). About.' in (tmp_path/'contents.md').read_text()
    assert documentation_problems(tmp_path) == []
    nbformat.write(new_notebook(cells=[new_markdown_cell('# Other')]), tmp_path/'nbs'/'other.ipynb')
    assert documentation_problems(tmp_path) == ["no section of the documentation has ['nbs/other.ipynb']"]
    (tmp_path/'nbs'/'other.ipynb').unlink()
    write_config(tmp_path, website_config('T', [('A', 'index.qmd')]))
    assert documentation_problems(tmp_path)[0].startswith('_quarto.yml or contents.md is not what')
