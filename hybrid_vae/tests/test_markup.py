"Data is data: names of tracks, genres, columns and files come through report and paper as they are, and mean nothing on the way."
import re, subprocess
import pandas as pd, pypandoc, pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings, strategies as st
from hybrid_vae.collection.tracks import load_collection, save_collection
from hybrid_vae.output.synthetic import synthetic_results
from hybrid_vae.markup import plain
from hybrid_vae.output.markdown import figure_text, markdown_table
from hybrid_vae.output.paper import write_paper
from hybrid_vae.output.report import write_report
from hybrid_vae.run import COLLECTION, Run

NASTY = 'Live @Wembley [@x] $x_1$ $ `c` *b* __u__ [l](http://x) {{< meta t >}} {b} #t <b>&amp;</b> \\LaTeX "q" \'s\' ~a~ ^b^ | % -- ... {=tex}'
LABEL = 'ge$n_re @x {y}'


def read_back(text, to='plain'):
    "Markdown as pandoc reads it, in another format."
    return subprocess.run([pypandoc.get_pandoc_path(), '--from=markdown-example_lists', f'--to={to}', '--wrap=none', '--fail-if-warnings'], input=text.encode(), capture_output=True, check=True).stdout.decode()


traps = st.text(st.sampled_from('ab1 .-_*`$@#<>[](){}|~^&\\"\':=%+!/\n'), min_size=1, max_size=16).filter(str.strip)


@settings(max_examples=4, deadline=None)
@given(st.lists(traps, min_size=30, max_size=30))
def test_pandoc_reads_text_back_as_it_was(texts):
    flat = [' '.join(t.split()) for t in [*texts, '__u__ a__b', NASTY]]
    blocks = [f'- {plain(t)}\n\n{figure_text("a.png", plain(t), "fig-a", "x " + t)}{markdown_table(pd.DataFrame({t: [t]}), plain(t), "tbl-a")}\n<!-- -->\n' for t in flat]
    found = BeautifulSoup(read_back('\n'.join(blocks), 'html'), 'html.parser')
    shown = lambda tag: [' '.join(e.get_text().split()) for e in found.find_all(tag)]
    assert shown('li') == shown('figcaption') == shown('td') == shown('th') == flat and [i['data-fig-alt'] for i in found.find_all('img')] == [f'x {t}' for t in flat]
    assert not found.find_all(['em', 'strong', 'code', 'a', 'span', 'sub', 'sup', 'b', 'q'])


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    "A finished run whose every name is a trap."
    folder = synthetic_results(tmp_path_factory.mktemp('{b} $x$ 1%20 #')/'run')
    place = Run(folder).experiments[COLLECTION]/'collection'
    found = load_collection(place)
    found.tracks = found.tracks.rename(columns=dict(genre=LABEL)).assign(title=NASTY, artist=NASTY + '!')
    found.tracks[LABEL] = found.tracks[LABEL].map(dict(zip(sorted(set(found.tracks[LABEL])), (NASTY, '$uicideboy$ & Ba$$in'))))
    found.label, found.name, found.notes, found.excluded = LABEL, NASTY, [NASTY, 'See `--leave-out`.'], pd.DataFrame(dict(path=[f'{NASTY}.wav'], reason=[NASTY], detail=''))
    save_collection(found, place)
    return folder


def test_the_report_shows_names_as_they_are(run, caplog):
    site = write_report(run, 'embedded')['html'].parent
    pages = {p.stem: BeautifulSoup(p.read_text(encoding='utf-8'), 'html.parser') for p in site.glob('*.html')}
    text = {name: ' '.join(page.get_text().replace('\u00a0', ' ').split()) for name, page in pages.items()}
    assert not [r.message for r in caplog.records if 'itation' in r.message or 'WARN' in r.message]
    assert text['index'].count(NASTY) >= 4 and NASTY in text['collection'] and NASTY in text['failures'] and LABEL in text['index'] and '$uicideboy$ & Ba$$in' in text['index']
    assert not any(page.main.find_all(['b', 'u', 'sub', 'sup']) or page.find('a', href='http://x') for page in pages.values())
    assert 'See --leave-out.' in text['index'] and '--leave-out' in [c.get_text() for c in pages['index'].find_all('code')]
    assert any(NASTY in img.get('alt', '') for img in pages['index'].find_all('img'))


def test_the_paper_shows_names_as_they_are(run):
    done = write_paper(run, NASTY, [NASTY, 'A \\ "B" & {C}'])
    tex, typ = done['tex'].read_text(encoding='utf-8'), done['typst'].read_text(encoding='utf-8')
    body = r'\newcommand{\papertable}[4]{\begin{tabular}{#2}#3#4\end{tabular}}' + tex[tex.index(r'\begin{document}'):] # pandoc cannot measure a table, as the paper's own command does
    for source, form in ((body, 'latex'), (typ, 'typst')):
        back = subprocess.run([pypandoc.get_pandoc_path(), f'--from={form}', '--to=plain', '--wrap=none'], input=source.encode(), capture_output=True).stdout.decode()
        back = re.sub(r'[“”]', '"', re.sub(r'[‘’]', "'", back)).replace('\u00a0', ' ')
        assert '$uicideboy$ & Ba$$in' in back and 'Live @Wembley [@x] $x_1$' in back, form
    assert done['pdf'].read_bytes()[:5] == b'%PDF-' and r'\LaTeX ' not in tex.replace(r'\textbackslash', '') and '\\textbf{A' in tex
