"The map in a browser, by clicking: it plays, selects, exports, searches, and leaves text as text."
import csv, io, json, os, re, shutil, time
import numpy as np, pandas as pd, pytest
from scipy import sparse
from scipy.sparse.csgraph import dijkstra
from hybrid_vae.collection.cells import from_spreadsheet
from hybrid_vae.neighbours import nearest
from hybrid_vae.output.map import map_sources, write_map
from hybrid_vae.output.synthetic import synthetic_run
from hybrid_vae.run import Run

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
    names = {('vae', 'audio'): {0: 'slow, low', 1: 'rose · fast'}}
    words = pd.Series({f'track{i:03d}': ['moon', EVIL][:1 + i % 2] for i in range(n)})
    write_map(folder, projections=['pca', 'tsne'], jobs=1, cluster_names=names, words=words)
    return folder


def opened(browser, path, address='', **options):
    "The map in a new window; every message of the console and every request is kept."
    context = browser.new_context(**dict(dict(viewport=dict(width=1200, height=800), reduced_motion='reduce', accept_downloads=True), **options))
    page = context.new_page()
    page.heard, page.asked = [], []
    page.on('console', lambda m: page.heard.append(m.text))
    page.on('pageerror', lambda e: page.heard.append(str(e)))
    page.on('request', lambda r: page.asked.append(r.url))
    page.goto(path.as_uri() + (address and f'#{address}'))
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


def latents_of(run): return Run(run).latents(*map_sources(Run(run))[0]).isel(seed=0, drop=True)
def ids(page): return page.evaluate('window.hybridMap.state.selected')
def selects(page, tracks): until(page, 'found => JSON.stringify(window.hybridMap.state.selected) === JSON.stringify(found)', tracks)
def plays(page): until(page, "(a => a.currentTime > 0 && (!a.paused || a.ended))(document.getElementById('audio'))") # a short sound may be over


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


def data_of(run): return json.loads(re.search(r'id="data">(.*?)</script>', (run/'map.html').read_text(encoding='utf-8'))[1])
def rows_of(text): return list(csv.DictReader(io.StringIO(text.removeprefix('\ufeff'), newline='')))


def test_it_opens_from_a_folder_without_a_network(page):
    assert page.heard == [] and all(url.startswith(('file:', 'blob:', 'data:')) for url in page.asked)
    inked = page.evaluate("(() => { const c = document.getElementById('points'); return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v) })()")
    assert inked and page.inner_text('#heading') == 'synthetic: 60 tracks'
    assert 'of each track’s ten nearest' in page.inner_text('#honest')


def test_a_click_plays_the_track_and_lists_its_latent_neighbours(page, run):
    page.mouse.click(*point(page, 5))
    plays(page)
    assert page.evaluate("document.getElementById('audio').src").endswith('/audio/track005.wav')
    assert page.inner_text('#card-title') == 'Song 5'
    near, distance = nearest(latents_of(run))
    expected = near[5].tolist()
    shown = page.eval_on_selector_all('#neighbours button', 'all => all.map(b => Number(b.dataset.track))')
    assert shown == expected and len(shown) == 10
    assert page.locator('#neighbours .far').all_inner_texts()[:2] == [f'{d:.3f}' if d >= .0005 else '0' for d in distance[5][:2]]
    tracks, why = Run(run).collection.tracks, page.locator('#neighbours small').all_inner_texts()
    assert [('genre: ' in text) for text in why] == [tracks.genre.iloc[g] == tracks.genre.iloc[5] for g in expected] and any('“moon”' in text or EVIL in text for text in why)
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
    assert page.inner_text('#hint').split('\n')[:4] == [row.title, row.artist, dict(en='English', bn='Bangla')[row.language], f'“{row.lyrics}”']


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
        assert (from_spreadsheet(row['title']), row['genre'], row['path']) == (track.title, track.genre, track.path)
    assert [row['title'] for row in rows if '=1' in row['title']] == ["'=1+1"] # which no spreadsheet computes
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
    assert ids(page) == [] and page.is_disabled('#clear') and '60 tracks of 60' in page.inner_text('#chosen')


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
    kept = data_of(run)['representations'][0]['kept']
    best, other = sorted(kept, key=kept.get, reverse=True)
    assert page.input_value('#picture') == best and f'keeps {100*kept[best]:.0f} %' in page.inner_text('#honest')
    page.select_option('#picture', other)
    assert where() != before
    page.select_option('#picture', 'tsne')
    page.select_option('#method', 'pca'); page.select_option('#view', 'lyrics')
    assert f'{60 - with_lyrics} tracks of 60 cannot be placed' in page.inner_text('#honest')
    assert f'Map of {with_lyrics} tracks: PCA on lyrics, drawn by t-SNE' == page.get_attribute('#marks', 'aria-label')
    assert page.evaluate('window.hybridMap.where(0)')[0] is None or np.isnan(page.evaluate('window.hybridMap.where(0)')[0])   # has no lyrics
    page.select_option('#view', 'audio'); page.select_option('#colour', 'genre')
    page.locator('#legend button', has_text='fast').click()
    assert sorted(ids(page)) == np.flatnonzero(tracks.genre == 'fast').tolist()
    chip = page.locator('#legend button', has_text='fast')
    assert chip.get_attribute('aria-pressed') == 'true'
    paper, ink = chip.evaluate('b => [getComputedStyle(b).backgroundColor, getComputedStyle(b.querySelector("path")).fill]')
    assert paper == 'rgb(255, 255, 255)' != ink   # the symbol of a chosen chip is still seen
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


def listed(page): return page.evaluate('window.hybridMap.listed()')
def queue(page): return page.evaluate('[window.hybridMap.state.queue, window.hybridMap.state.position]')


def test_previous_next_and_the_queue(browser, run):
    near, page = nearest(latents_of(run))[0], opened(browser, run/'map.html', address='queue=3.1.5.2')   # these have sounds
    for button, heard in (('#next', 3), ('#next', 1), ('#next', 5), ('#previous', 1)):
        page.click(button)
        assert page.evaluate('window.hybridMap.state.playing') == heard == page.evaluate('window.hybridMap.state.cursor')
    plays(page)
    page.click('#tab-queue')
    page.locator('#queue li').nth(2).locator('.small').click()
    assert queue(page) == [[3, 1, 2], 1]
    text, name = saved(page, '#queue-m3u')
    assert name == 'synthetic-queue.m3u' and [os.path.basename(line) for line in text.split('\n') if line and line[0] != '#'] == ['track003.wav', 'track001.wav', 'track002.wav']
    page.click('#queue-clear')
    page.mouse.click(*point(page, 4)); page.click('#next')   # after the last one: the nearest that was not heard
    assert queue(page) == [[4, near[4][0]], 1]
    page.click('[data-tab=track]'); page.click('#queue-near')
    assert page.inner_text('#tab-queue').startswith('Queue 1') and set(near[near[4][0]]) <= set(queue(page)[0])
    page.context.close()


def test_sounds_are_levelled_and_heard_under_the_pointer_when_asked(page, run):
    page.mouse.click(*point(page, 2))
    plays(page)
    gain, volume = data_of(run)['sound']['gains'], "document.getElementById('audio').volume"
    assert abs(page.evaluate(volume) - gain[2]) < 1e-6 and min(gain) < 1 == max(gain)
    page.uncheck('#level')
    assert page.evaluate(volume) == 1
    page.mouse.move(*point(page, 6)); page.wait_for_timeout(300)
    assert page.evaluate('window.hybridMap.sample.paused')
    page.click('#preview')
    page.mouse.move(*point(page, 7))
    until(page, "!window.hybridMap.sample.paused && window.hybridMap.sample.src.endsWith('track007.wav') && document.getElementById('audio').paused")
    page.mouse.move(*whole_map(page)[1])
    until(page, "window.hybridMap.sample.paused && !document.getElementById('audio').paused")


def cheapest(near, distance, a, b, bridges=()):
    "The cost of the best way, by another implementation."
    n, k = near.shape
    i, j, cost = np.repeat(np.arange(n), k), near.ravel(), .02 + np.round(distance.ravel()*65535)/65535
    graph = sparse.csr_array((cost, (i, j)), shape=(n, n))
    return dijkstra(graph.maximum(graph.T), directed=False, indices=a)[b], graph


def test_a_path_between_two_tracks_is_the_shortest(page, browser, run):
    near, distance = nearest(latents_of(run))
    page.mouse.click(*point(page, 0)); page.click('#path')
    assert 'Where shall the path' in page.inner_text('#asking')
    page.mouse.click(*point(page, 47))
    path, position = queue(page)
    cost, graph = cheapest(near, distance, 0, 47)
    steps = [max(graph[a, b], graph[b, a]) for a, b in zip(path, path[1:])]
    assert path[0] == 0 and path[-1] == 47 and position >= 0 and page.evaluate('window.hybridMap.state.path') == path
    if np.isfinite(cost): assert all(steps) and abs(sum(steps) - cost) < 1e-6
    else: assert steps.count(0) == page.evaluate('window.hybridMap.state.leaps') and 'leaps' in page.inner_text('#queued')
    page.wait_for_timeout(600)
    again = opened(browser, run/'map.html', address=page.url.split('#')[1])
    assert look(again)[-1] == path and again.inner_text('#queued').split(';')[0] == page.inner_text('#queued').split(';')[0]
    again.context.close()
    page.focus('#marks'); page.keyboard.press('Escape')
    assert page.evaluate('window.hybridMap.state.path') == []


def test_filters_combine_and_the_view_fits_what_they_leave(page, run):
    tracks = Run(run).collection.tracks.reset_index()
    page.select_option('#add-filter', 'genre')
    page.locator('.choices label', has_text='Slow').locator('input').uncheck()
    fast = np.flatnonzero(tracks.genre == 'fast').tolist()
    assert listed(page) == fast and f'{60 - len(fast)} tracks hidden by filters' in page.inner_text('#honest')
    page.select_option('#add-filter', 'year')
    page.fill('[data-filter="year low"]', '1920'); page.press('[data-filter="year low"]', 'Enter')
    page.fill('[data-filter="year high"]', '1950'); page.press('[data-filter="year high"]', 'Enter')
    both = np.flatnonzero((tracks.genre == 'fast') & tracks.year.between(1920, 1950)).tolist()
    assert listed(page) == both and 0 < len(both) < len(fast)
    page.select_option('#add-filter', 'cluster')
    assert listed(page) == both
    places, room = np.array([page.evaluate('g => window.hybridMap.where(g)', g) for g in both]), page.locator('#marks').bounding_box()
    assert (places > 0).all() and (places < [room['width'], room['height']]).all() and (np.ptp(places, 0) > [.85*room['width'] - 80, .85*room['height'] - 110]).any()
    page.fill('#search', 'song')
    until(page, 'window.hybridMap.state.query === "song"')
    assert listed(page) == both   # what is found must pass the filters as well
    assert len(rows_of(saved(page, '#csv')[0])) == len(both)
    page.click('#filters-clear')
    assert len(listed(page)) > len(both)


def test_search_results_are_on_top_and_the_list_is_sorted(page, run):
    page.fill('#search', 'artist 3')
    page.wait_for_selector('#results:not([hidden])')
    assert page.locator('#results .track').count() == 8 and page.locator('#results').bounding_box()['y'] < 120
    page.press('#search', 'ArrowDown'); page.keyboard.press('Enter')
    assert page.evaluate('window.hybridMap.state.playing') == 3
    page.press('#search', 'Escape')
    page.click('[data-tab=list]'); page.select_option('#third', 'year'); page.click('#by-third'); page.click('#by-third')
    years = Run(run).collection.tracks.year.to_numpy()
    shown = years[listed(page)]
    known = shown[~np.isnan(shown)]
    assert (np.diff(known) <= 0).all() and np.isnan(shown[len(known):]).all()
    assert page.locator('th[aria-sort=descending]').count() == 1


def test_uncertain_outlying_and_same_tracks_are_listed(page, run):
    near, clusters = nearest(latents_of(run))[0], np.arange(60) % 4
    elsewhere = (clusters[near] != clusters[:, None]).mean(1)
    page.select_option('#which', 'uncertain')
    found = listed(page)
    assert sorted(found) == np.flatnonzero(elsewhere >= .5).tolist() and (np.diff(elsewhere[found]) <= 0).all()
    for which in ('outlying', 'alike'):
        page.select_option('#which', which)
        assert len(listed(page)) < 20 and page.inner_text('#chosen')


def test_a_name_is_edited_kept_exported_and_read_elsewhere(page, browser, run, tmp_path):
    page.select_option('#colour', 'cluster')
    name = page.locator('.name:not(.away)', has_text='Slow, low')
    name.locator('.pencil').click()
    page.keyboard.type(EVIL[:70]); page.keyboard.press('Enter')
    page.locator('.name:not(.away)', has_text='onerror').wait_for()
    assert 'onerror' in page.locator('#legend button').first.inner_text()
    page.reload(); page.wait_for_selector('html[data-ready]')
    page.locator('.name:not(.away)', has_text='onerror').wait_for()
    page.mouse.click(*point(page, 9)); page.fill('#tag', 'für später'); page.press('#tag', 'Enter')
    page.click('[data-tab=list]'); page.select_option('#add-filter', 'your tags')
    page.locator('.choices label', has_text='not given').locator('input').is_visible()
    page.click('#filters-clear'); page.locator('#legend button').nth(1).click()
    page.click('[data-tab=mine]'); page.fill('#keep-name', 'Evening'); page.click('#list-keep')
    text, saved_as = saved(page, '#notes-save')
    notes = json.loads(text)
    assert saved_as == 'synthetic-notes.json' and notes['tags'] == {'track009': ['für später']} and notes['playlists']['Evening'] == [f'track{i:03d}' for i in range(1, 60, 4)]
    text, saved_as = saved(page, '#playlists button:has-text("JSON")')
    made = json.loads(text)['playlist']
    assert saved_as == 'synthetic-Evening.jspf' and made['title'] == 'Evening' and made['track'][1]['title'] == 'Song 5' and made['track'][1]['location'][0].endswith('/track005.wav')
    (tmp_path/'notes.json').write_text(json.dumps(notes), encoding='utf-8')
    (tmp_path/'wrong.json').write_text('[1]')
    other = opened(browser, run/'map.html')
    other.click('[data-tab=mine]')
    other.set_input_files('#notes-read', tmp_path/'wrong.json')
    until(other, "document.getElementById('named').textContent.includes('cannot be read')")
    other.set_input_files('#notes-read', tmp_path/'notes.json')
    until(other, "document.getElementById('playlists').textContent.includes('Evening')")
    other.locator('.name:not(.away)', has_text='onerror').wait_for()
    assert other.evaluate('window.hacked') is None and other.heard == []
    other.context.close()


def look(page): return page.evaluate('(({ rep, picture, column, cursor, selected, queue, filters, order, down, query, path }) => [rep.method, rep.view, picture, column, cursor, selected, queue, filters, order, down, query, path])(window.hybridMap.state)')


def test_the_address_shows_everything_again(page, browser, run):
    page.select_option('#method', 'pca'); page.select_option('#picture', 'tsne'); page.select_option('#colour', 'cluster')
    page.select_option('#add-filter', 'genre'); page.locator('.choices label', has_text='Slow').locator('input').uncheck()
    page.locator('#legend button').first.click(); page.click('#by-artist'); page.click('#queue-all')
    g = ids(page)[0]
    page.mouse.move(*point(page, g)); page.mouse.wheel(0, -500); page.wait_for_timeout(600)
    url = page.url
    again = opened(browser, run/'map.html', address=url.split('#')[1])
    assert look(again) == look(page) and np.allclose(again.evaluate('g => window.hybridMap.where(g)', g), page.evaluate('g => window.hybridMap.where(g)', g), atol=2)
    again.context.close()
    wild = opened(browser, run/'map.html', address='method=x&filter%20genre=%7B&filter%20__proto__=%7B%22values%22:[%22a%22]%7D&at=1,NaN,2&track=none&queue=1.x.99999&path=0.99999.1&selected=-1&search=' + '%3Cimg%20src=x%20onerror=alert(1)%3E')
    assert wild.heard == [] and look(wild)[:2] == ['vae', 'audio'] and wild.locator('img').count() == 0
    wild.context.close()


GAPS = """async move => {
  const marks = document.getElementById('marks'), times = [], send = (kind, i) => marks.dispatchEvent(new PointerEvent(kind, { pointerId: 1, pointerType: 'mouse', clientX: 500 + 2 * i, clientY: 400, button: 0, buttons: 1, bubbles: true }));
  const middle = values => values.slice(2).sort((a, b) => a - b)[19], work = [];
  if (move) send('pointerdown', 0);
  for (let i = 0, last = performance.now(); i < 40; i++) {
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last); last = now; work.push(window.hybridMap.state.work);
    if (move) send('pointermove', i);
  }
  if (move) send('pointerup', 40);
  return [middle(times), middle(work)];
}"""


@pytest.mark.whole
def test_twenty_thousand_tracks(browser, tmp_path):
    n = 20000
    run = synthetic_run(tmp_path, n, sounds=3, methods=('vae',), views=('audio',))
    page = opened(browser, write_map(run, projections=['pca'], jobs=1))
    assert page.inner_text('#heading') == 'synthetic: 20,000 tracks'
    (idle, _), (moving, work) = page.evaluate(GAPS, False), page.evaluate(GAPS, True)
    assert work < 12 and moving < max(50, 10*idle), f'while the map moves, a frame takes {moving:.0f} ms, of which the page works {work:.0f}; at rest {idle:.0f} ms'
    page.click('#fit')
    page.fill('#search', 'song 12345')
    selects(page, [12345])
    page.press('#search', 'Enter'); page.click('[data-tab=track]')
    assert page.inner_text('#card-title') == 'Song 12345' and page.locator('#neighbours button').count() == 10
    page.click('#queue-near')
    assert len(queue(page)[0]) == 11
    page.click('#path')
    page.fill('#search', 'song 7777'); page.press('#search', 'Enter')   # the end of the path
    way = queue(page)[0]
    assert way[0] == 12345 and way[-1] == 7777 and len(way) > 2 and page.inner_text('#queued').startswith(f'A path of {len(way)} tracks')
    page.click('[data-tab=list]'); page.click('#clear')
    page.mouse.click(*point(page, 1))
    assert page.inner_text('#card-title').startswith('Song ')
    page.click('[data-mode=lasso]')
    (a, b), (c, d) = whole_map(page)
    drag(page, [(a, b), (c, b), (c, d), (a, d)])
    assert len(ids(page)) == n and page.locator('#list button').count() == 200
    assert len(rows_of(saved(page, '#csv')[0])) == n
    page.click('#clear'); page.select_option('#colour', 'cluster')
    assert page.locator('#legend button').count() == 4
    page.locator('.pencil:visible').first.click(); page.keyboard.type('Mine'); page.keyboard.press('Enter')
    page.locator('.name', has_text='Mine').wait_for()
    page.select_option('#add-filter', 'artist'); page.select_option('#add-filter', 'cluster')
    page.locator('.choices').last.locator('input').first.uncheck()
    found = listed(page)
    assert 0 < len(found) < n and set(np.array(found) % 4) <= {1, 2, 3}
    page.wait_for_timeout(500)
    again = opened(browser, run/'map.html', address=page.url.split('#')[1])
    assert listed(again) == found and all('ERR_FILE_NOT_FOUND' in text for text in page.heard)   # most sounds are not there
    again.context.close(); page.context.close()
