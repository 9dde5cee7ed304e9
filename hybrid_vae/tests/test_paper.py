"The paper's LaTeX as a real pdfLaTeX sets it, where there is one: nothing runs out of its line or page, and the tables of the appendix stay below their headings."
import re, shutil, subprocess
import pytest
from hybrid_vae.output.paper import BIBLIOGRAPHY, paper_latex
from hybrid_vae.output.project import TEMPLATES

START = re.search(r'```\{=latex\}.*?```', (TEMPLATES/'paper'/'paper.md').read_text(), re.S)[0] # of the appendix


def section(name, rows):
    "A heading of the appendix and its table of two columns."
    body = ''.join(f'| row {i} | {"word " * 30} |\n' for i in range(rows))
    return f'# Appendix: {name} {{#sec-{name} .unnumbered}}\n\n| a | b |\n|:--|:------|\n{body}\n: Caption of @sec-{name}. {{#tbl-{name}}}\n\n'


@pytest.mark.skipif(not shutil.which('pdflatex'), reason='no pdflatex')
def test_page_layout(tmp_path):
    names = {'short': 8, 'other': 12, 'third': 10, 'long': 60}
    made = 'Made with revision ae8951f1866aaaf31ae1c047513b385455609ea9 and `sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2`.\n\n'
    text = f'# One\n\n{made}{START}\n\n' + ''.join(section(*given) for given in names.items())
    (tmp_path/'paper.tex').write_text(paper_latex(dict(title='Pages', author=['A. One'], abstract='Short.', bibliography=BIBLIOGRAPHY), text))
    for _ in range(2): subprocess.run(['pdflatex', '-interaction=nonstopmode', '-halt-on-error', 'paper'], cwd=tmp_path, check=True, capture_output=True)
    over = [float(points) for points in re.findall(r'Overfull \\[hv]box \((\S+?)pt', (tmp_path/'paper.log').read_text())]
    assert max(over, default=0) < 5
    page = {label: int(page) for label, page in re.findall(r'\\newlabel\{(.+?)\}\{\{.*?\}\{(\d+)\}', (tmp_path/'paper.aux').read_text())}
    for name in names: assert page[f'tbl-{name}'] == page[f'sec-{name}'], (name, page)
