"Plain pages in a real browser: on a telephone nothing makes them scroll sideways, and in the dark they are dark."
import base64, io
import matplotlib.image, nbformat, numpy as np, pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from hybrid_vae.output.project import front_matter, write_project
from hybrid_vae.output.render import broken_links, render
from hybrid_vae.tests.test_map import browser # noqa: F401, a fixture

WIDE = '| ' + ' | '.join(f'column {i}' for i in range(20)) + ' |\n|' + '---|'*20 + '\n| ' + ' | '.join('123.456' for _ in range(20)) + ' |\n\n: Wide {#tbl-wide}\n'
MATH = '$$ ' + ' + '.join(f'\\log p(x_{{{i}}} \\mid z)' for i in range(20)) + ' $$ {#eq-long}\n'
CODE = '```python\n' + 'f(x, y); '*40 + 'y'*200 + '\n```\n\n`' + 'a_very_long_name_'*12 + '`\n'
FRAME = '<table class="dataframe"><tr>' + ''.join(f'<td>value {i}</td>' for i in range(40)) + '</tr></table>'
GROUPS = '| cluster | tracks | genre | typical tracks |\n|--|--|--|--|\n| 0 | 80 | Chorale 74 % | ' + 'Madrigals, book 3, no. 5; '*6 + '|\n| 1 | 9 | | BWV 423 |\n\n: Clusters {#tbl-groups}\n'


def picture(width):
    "A grey PNG of this width, as notebooks keep it."
    matplotlib.image.imsave(file := io.BytesIO(), np.full((100, width, 3), .5), format='png')
    return base64.b64encode(file.getvalue()).decode()


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    "A rendered project with all that is wide."
    folder = tmp_path_factory.mktemp('pages')
    (folder/'index.qmd').write_text(front_matter('Wide things', pdf=False) + f'## Here\n\n@tbl-wide, @eq-long\n\n{WIDE}\n{MATH}\n{CODE}\n{GROUPS}')
    cells = [new_markdown_cell('# A notebook\n\n' + MATH), new_code_cell('f(x); '*60, outputs=[new_output('display_data', {'text/html': FRAME}), new_output('stream', text='long '*100 + 'x'*300), new_output('display_data', {'image/png': picture(900)})])]
    nbformat.write(new_notebook(cells=cells), folder/'a.ipynb')
    write_project(folder, 'Wide', [('Wide things', 'index.qmd'), ('Notebooks', [('A notebook', 'a.ipynb')])])
    site = render(folder, engine='embedded')['html'].parent
    assert broken_links(site) == []
    return site


@pytest.mark.parametrize('page', ['index', 'a'])
@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_a_telephone(site, browser, page, scheme): # noqa: F811
    with browser.new_context(viewport={'width': 390, 'height': 800}, color_scheme=scheme) as context:
        tab = context.new_page()
        tab.goto((site/f'{page}.html').as_uri())
        assert tab.evaluate('document.documentElement.scrollWidth') == 390
        assert tab.evaluate('[...document.querySelectorAll("td")].some(cell => cell.getBoundingClientRect().right > 390)') # there is something to scroll to
        brightness = tab.evaluate('getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b)')
        assert brightness < 150 if scheme == 'dark' else brightness > 700
        assert not tab.locator('.site nav').is_visible()
        tab.locator('.site summary').click()
        assert tab.locator('.site nav').is_visible()


def test_what_a_telephone_shows_otherwise(site, browser): # noqa: F811
    with browser.new_context(viewport={'width': 390, 'height': 800}) as context:
        tab = context.new_page()
        tab.goto((site/'index.html').as_uri())
        cells = tab.locator('#tbl-groups td')
        edges = cells.evaluate_all('cells => cells.map(cell => cell.getBoundingClientRect()).filter(box => box.width).map(box => [box.left, box.right, box.top])')
        assert len(edges) == 7 and all(0 <= left and right <= 390 for left, right, _ in edges) # the empty cell is not shown
        assert edges[0][2] == edges[1][2] < edges[2][2] < edges[3][2] and edges[2][0] == edges[3][0] # number and size in one line, then a line each
        tab.goto((site/'a.html').as_uri())
        assert round(tab.locator('.output img').bounding_box()['width']) == 600 # larger than the screen, to be read, and moved sideways
