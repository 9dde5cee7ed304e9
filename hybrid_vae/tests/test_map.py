"The map in a browser, by clicking: it plays, selects, exports, searches, and leaves text as text."
import csv, io, os, shutil, time
import numpy as np, pytest
from hybrid_vae.output.map import map_sources, nearest_rows, synthetic_run, write_map
from hybrid_vae.run import Run
from hybrid_vae.run import load_latents

EVIL = '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 2">'
TITLES = {0: EVIL, 1: 'আমার সোনার বাংলা', 2: 'Été, "quoted"', 3: '=1+1', 4: 'two\nlines'}
SOUNDS = 8


def installed_chromium():
    "A Chromium or Chrome of this system, or None."
    names = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome')
    return os.environ.get('HYBRID_VAE_CHROMIUM') or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope='module')
def browser():
    playwright = pytest.importorskip('playwright.sync_api', reason='the tests of the map need playwright: pip install playwright')
    with playwright.sync_playwright() as p:
        path = installed_chromium() or p.chromium.executable_path
        if not os.path.exists(path): pytest.skip('the tests of the map need Chromium: install it, or name it in HYBRID_VAE_CHROMIUM')
        chromium = p.chromium.launch(executable_path=path, args=['--no-sandbox'])
        yield chromium
        chromium.close()


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    n = 60
    tracks = dict(title=[TITLES.get(i, f'Song {i}') for i in range(n)], year=np.where(np.arange(n) % 9, 1900. + np.arange(n), np.nan))
    folder = synthetic_run(tmp_path_factory.mktemp('run'), n, sounds=SOUNDS, tracks=tracks)
    write_map(folder, projections=['pca', 'tsne'], jobs=1)
    return folder


def opened(browser, path, **options):
    "The map in a new window; every message of the console and every request is kept."
    context = browser.new_context(**dict(dict(viewport=dict(width=1200, height=800), reduced_motion='reduce', accept_downloads=True), **options))
    page = context.new_page()
    page.heard, page.asked = [], []
    page.on('console', lambda m: page.heard.append(m.text))
    page.on('pageerror', lambda e: page.heard.append(str(e)))
    page.on('request', lambda r: page.asked.append(r.url))
    page.goto(path.as_uri())
    page.wait_for_selector('html[data-ready]')
    page.wait_for_timeout(100)
    return page


@pytest.fixture
def page(browser, run):
    page = opened(browser, run/'map.html')
    yield page
    page.context.close()


def point(page, track):
    "Where a track is on the screen."
    room = page.locator('#marks').bounding_box()
    x, y = page.evaluate('g => window.hybridMap.where(g)', track)
    return room['x'] + x, room['y'] + y


def until(page, expression, arg=None, seconds=30):
    "Wait until an expression is true; asked from outside, since the page's policy lets no text become code inside."
    end = time.monotonic() + seconds
    while not page.evaluate(expression, arg):
        assert time.monotonic() < end, f'{expression} did not become true'
        page.wait_for_timeout(50)


def ids(page): return page.evaluate('window.hybridMap.state.selected')
def selects(page, tracks): until(page, 'found => JSON.stringify(window.hybridMap.state.selected) === JSON.stringify(found)', tracks)
def plays(page): until(page, "document.getElementById('audio').currentTime > 0 && !document.getElementById('audio').paused")


def drag(page, corners):
    "Draw with the mouse."
    page.mouse.move(*corners[0]); page.mouse.down()
    for corner in corners[1:]: page.mouse.move(*corner, steps=4)
    page.mouse.up()


def whole_map(page):
    room = page.locator('#marks').bounding_box()
    return (room['x'] + 3, room['y'] + 60), (room['x'] + room['width'] - 3, room['y'] + room['height'] - 3)


def saved(page, button):
    "The text of a file that a button saves, and its name."
    with page.expect_download() as download: page.click(button)
    return open(download.value.path(), encoding='utf-8', newline='').read(), download.value.suggested_filename


def rows_of(text): return list(csv.DictReader(io.StringIO(text.removeprefix('\ufeff'), newline='')))


def test_it_opens_from_a_folder_without_a_network(page):
    assert page.heard == [] and all(url.startswith(('file:', 'blob:', 'data:')) for url in page.asked)
    inked = page.evaluate("(() => { const c = document.getElementById('points'); return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v) })()")
    assert inked and page.inner_text('#heading') == 'synthetic: 60 tracks'
    assert 'of the ten nearest tracks' in page.inner_text('#honest')


def test_a_click_plays_the_track_and_lists_its_latent_neighbours(page, run):
    page.mouse.click(*point(page, 5))
    plays(page)
    assert page.evaluate("document.getElementById('audio').src").endswith('/audio/track005.wav')
    assert page.inner_text('#card-title') == 'Song 5'
    source = map_sources(Run(run)).iloc[0]
    expected = nearest_rows(load_latents(source.latents).isel(seed=0, drop=True))[5].tolist()
    shown = page.eval_on_selector_all('#neighbours button', 'all => all.map(b => Number(b.dataset.track))')
    assert shown == expected and len(shown) == 10
    page.locator('#neighbours button').nth(1).click()
    assert page.evaluate('window.hybridMap.state.playing') == expected[1] == page.evaluate('window.hybridMap.state.cursor')


def test_a_sound_that_is_not_there_is_said(page):
    page.mouse.click(*point(page, 30))
    page.wait_for_selector('#trouble:not([hidden])')
    assert 'track030.wav' in page.inner_text('#trouble')


def test_hover_shows_title_artist_language_and_first_line(page, run):
    tracks = Run(run).collection.tracks
    page.mouse.move(*point(page, 7))
    page.wait_for_selector('#hint:not([hidden])')
    row = tracks.iloc[7]
    assert page.inner_text('#hint').split('\n')[:4] == [row.title, row.artist, row.language, f'“{row.lyrics}”']


def test_a_script_in_a_title_stays_text(page):
    page.fill('#search', 'onerror')
    selects(page, [0])
    page.press('#search', 'Enter')
    page.mouse.move(*point(page, 0))
    page.wait_for_selector('#hint:not([hidden])')
    for place in ('#card-title', '#now', '#hint b'): assert EVIL in page.inner_text(place)
    assert EVIL in page.inner_text('#list')
    assert page.evaluate('window.hacked') is None and page.locator('img').count() == 0
    page.evaluate("html => { document.getElementById('said').innerHTML = html }", EVIL)   # even markup that got in could not run
    page.wait_for_timeout(200)
    assert page.evaluate('window.hacked') is None


def test_box_selection_is_saved_as_csv_and_as_playlist(page, run):
    tracks = Run(run).collection.tracks
    page.click('[data-mode=box]')
    (a, b), (c, d) = whole_map(page)
    drag(page, [(a, b), (c, d)])
    assert sorted(ids(page)) == list(range(60)) and '60 tracks of 60' in page.inner_text('#chosen')
    text, name = saved(page, '#csv')
    rows = rows_of(text)
    assert name == 'synthetic-selection.csv' and len(rows) == 60 and text.startswith('\ufeff')
    for row in rows:
        track = tracks.loc[row['track_id']]
        assert (row['title'], row['genre'], row['path']) == (track.title, track.genre, track.path)
    text, name = saved(page, '#m3u')
    lines = text.split('\n')
    assert name == 'synthetic-selection.m3u' and lines[0] == '#EXTM3U'
    assert [line for line in lines if line and line[0] != '#'] == [tracks.path.iloc[g] for g in ids(page)]
    assert '#EXTINF:-1,Artist 4 - two lines' in lines and '#EXTINF:-1,Artist 1 - আমার সোনার বাংলা' in lines


def test_lasso_selects_what_is_inside_and_adds(page):
    page.click('[data-mode=lasso]')
    lasso = lambda g: (lambda x, y: [(x - 12, y - 12), (x + 12, y - 12), (x + 12, y + 12), (x - 12, y + 12)])(*point(page, g))
    drag(page, lasso(20))
    first = set(ids(page))
    assert 20 in first and len(first) < 20
    page.check('#add')
    drag(page, lasso(33))
    assert {20, 33} | first <= set(ids(page))
    page.click('#clear')
    assert ids(page) == [] and page.is_disabled('#csv')


def test_search_finds_without_accents_and_in_other_scripts(page):
    for query, found in (('ete', [2]), ('সোনার', [1]), ('57 song artist', [57]), ('', [])):
        page.fill('#search', query)
        selects(page, found)
    page.fill('#search', 'no such words')
    until(page, "document.getElementById('chosen').textContent.includes('no such words')")


def test_by_keyboard_alone(page):
    page.focus('#marks')
    seen = []
    for key in ('ArrowRight', 'ArrowRight', 'ArrowUp', 'ArrowLeft', 'ArrowDown'):
        before = page.evaluate('window.hybridMap.state.cursor')
        page.keyboard.press(key)
        seen.append(page.evaluate('window.hybridMap.state.cursor'))
        if before >= 0 and seen[-1] != before:
            (x0, y0), (x1, y1) = (page.evaluate('g => window.hybridMap.where(g)', g) for g in (before, seen[-1]))
            assert dict(ArrowRight=x1 >= x0, ArrowLeft=x1 <= x0, ArrowUp=y1 <= y0, ArrowDown=y1 >= y0)[key]
    assert len(set(seen)) > 2 and page.inner_text('#said')
    page.keyboard.press('Enter'); page.keyboard.press('Space')
    assert page.evaluate('window.hybridMap.state.playing') == seen[-1] and ids(page) == [seen[-1]]
    page.keyboard.press('Escape')
    assert ids(page) == []
    page.keyboard.press('/')
    assert page.evaluate('document.activeElement.id') == 'search'
    reached = set()
    page.focus('#method')
    for _ in range(14):
        reached.add(page.evaluate('document.activeElement.id')); page.keyboard.press('Tab')
    assert {'method', 'view', 'picture', 'colour', 'search', 'theme', 'marks'} <= reached


def test_methods_views_pictures_and_colours_are_switched(page, run):
    tracks = Run(run).collection.tracks
    with_lyrics = int(tracks.lyrics.notna().sum())
    where = lambda: page.evaluate('window.hybridMap.where(10)')
    before = where()
    page.select_option('#picture', 'tsne')
    assert where() != before
    page.select_option('#method', 'pca'); page.select_option('#view', 'lyrics')
    assert f'{60 - with_lyrics} tracks of 60 cannot be placed' in page.inner_text('#honest')
    assert f'Map of {with_lyrics} tracks: PCA on lyrics, drawn by t-SNE' == page.get_attribute('#marks', 'aria-label')
    assert page.evaluate('window.hybridMap.where(0)')[0] is None or np.isnan(page.evaluate('window.hybridMap.where(0)')[0])   # has no lyrics
    page.select_option('#view', 'audio'); page.select_option('#colour', 'genre')
    page.locator('#legend button', has_text='fast').click()
    assert sorted(ids(page)) == np.flatnonzero(tracks.genre == 'fast').tolist()
    assert page.locator('#legend button', has_text='fast').get_attribute('aria-pressed') == 'true'
    page.select_option('#colour', 'cluster')
    page.locator('#legend button').first.click()
    assert sorted(ids(page)) == list(range(0, 60, 4))
    page.select_option('#colour', 'year')
    assert '1901' in page.inner_text('#legend') and page.heard == []


def test_light_and_dark(browser, run):
    background = "getComputedStyle(document.body).backgroundColor"
    page = opened(browser, run/'map.html', color_scheme='dark')
    night = page.evaluate(background)
    page.click('#theme')
    day = page.evaluate(background)
    assert (night, day) == ('rgb(20, 23, 28)', 'rgb(255, 255, 255)')
    page.context.close()


def test_on_a_telephone(browser, run):
    page = opened(browser, run/'map.html', viewport=dict(width=390, height=844), has_touch=True, is_mobile=True, device_scale_factor=2)
    assert page.evaluate('document.documentElement.scrollWidth') <= 390
    assert page.locator('#marks').bounding_box()['height'] > 400
    page.touchscreen.tap(*point(page, 6))
    plays(page)
    assert page.evaluate('window.hybridMap.state.playing') == 6
    apart = lambda: np.hypot(*np.subtract(point(page, 1), point(page, 9)))
    before, touch = apart(), page.context.new_cdp_session(page)
    for kind, d in (('touchStart', 30), ('touchMove', 60), ('touchMove', 90), ('touchEnd', None)):
        touch.send('Input.dispatchTouchEvent', dict(type=kind, touchPoints=[] if d is None else [dict(x=195 - d, y=450, id=0), dict(x=195 + d, y=450, id=1)]))
    assert apart() > 1.5*before
    page.context.close()


def test_a_map_with_previews_can_be_carried_away(browser, run, tmp_path):
    write_map(run, tmp_path/'made'/'map.html', audio='previews', projections=['pca'], seconds=2., jobs=1)
    moved = (tmp_path/'made').rename(tmp_path/'else where')
    assert str(run) not in (moved/'map.html').read_text(encoding='utf-8')
    page = opened(browser, moved/'map.html')
    page.mouse.click(*point(page, 1))
    plays(page)
    assert '/previews/' in page.evaluate("document.getElementById('audio').src")
    page.click('[data-mode=box]'); drag(page, whole_map(page))
    text, _ = saved(page, '#m3u')
    files = [line for line in text.split('\n') if line and line[0] != '#']
    assert len(files) == SOUNDS and all((moved/f).is_file() for f in files)
    assert 'path' not in rows_of(saved(page, '#csv')[0])[0]
    page.context.close()


def test_twenty_thousand_tracks(browser, tmp_path):
    n = 20000
    run = synthetic_run(tmp_path, n, sounds=2)
    page = opened(browser, write_map(run, projections=['pca'], jobs=1))
    assert page.inner_text('#heading') == 'synthetic: 20,000 tracks'
    page.fill('#search', 'song 12345')
    selects(page, [12345])
    page.press('#search', 'Enter')
    assert page.inner_text('#card-title') == 'Song 12345' and page.locator('#neighbours button').count() == 10
    page.click('#clear')
    page.mouse.click(*point(page, 1))
    assert page.inner_text('#card-title').startswith('Song ')
    page.click('[data-mode=lasso]')
    (a, b), (c, d) = whole_map(page)
    drag(page, [(a, b), (c, b), (c, d), (a, d)])
    assert len(ids(page)) == n and page.locator('#list button').count() == 200
    assert len(rows_of(saved(page, '#csv')[0])) == n
    page.select_option('#method', 'pca'); page.select_option('#colour', 'cluster')
    assert page.locator('#legend button').count() == 4 and all('ERR_FILE_NOT_FOUND' in text for text in page.heard)   # most sounds are not there
    page.context.close()
