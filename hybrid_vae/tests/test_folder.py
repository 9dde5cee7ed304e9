"A folder as people have them: broken files, odd names, spreadsheets in UTF-16; each ends in the right treatment or message."
import os, subprocess, sys
import numpy as np, pandas as pd, pytest, soundfile
from hybrid_vae.features.audio import synthetic_song
from hybrid_vae.features.encoders import synthetic_hub_model
from hybrid_vae.cli import encoder_methods
from hybrid_vae.plan import plan
from hybrid_vae.collection.datasets import exclude, folder
from hybrid_vae.tests.check_quarto import project_problems
from hybrid_vae.pipeline.experiments import is_done, run_experiments
from hybrid_vae.features.cache import FeatureSpec, extract
from hybrid_vae.collection.tracks import load_collection
from hybrid_vae.collection.lyrics_table import read_table
from hybrid_vae.tests.test_few import execute

ODD = 'it\'s a "song" গান\nsecond line'


@pytest.fixture(scope='module')
def music(tmp_path_factory):
    "Good and bad files in two folders named by genre."
    root = tmp_path_factory.mktemp('my music')
    (root/'folk').mkdir(); (root/'rock'/'album').mkdir(parents=True)
    y = synthetic_song(6., seed=0)
    soundfile.write(root/'folk'/f'{ODD}.ogg', y, 22050, format='OGG', subtype='VORBIS')
    soundfile.write(root/'folk'/'plain.aiff', y, 22050)
    soundfile.write(root/'rock'/'album'/'high.flac', np.stack([y, -.5*y], 1).repeat(4, 0), 96000, subtype='PCM_24')
    soundfile.write(root/'rock'/'whole.mp3', y, 22050, format='MP3')
    whole = (root/'rock'/'whole.mp3').read_bytes()
    (root/'rock'/'truncated.mp3').write_bytes(whole[:len(whole)//2])
    (root/'rock'/'stub.mp3').write_bytes(whole[:60])
    (root/'rock'/'zero.wav').write_bytes(b'')
    (root/'rock'/'text.wav').write_text('these are words, not sound')
    (root/'rock'/'._whole.mp3').write_bytes(b'\0\5\x16\7')
    soundfile.write(root/'folk'/'silent.wav', np.zeros(44100), 22050)
    soundfile.write(root/'folk'/'blip.wav', y[:4410], 22050)
    return root


@pytest.fixture(scope='module')
def usable(music, tmp_path_factory):
    "The collection without the files that cannot be used, and its features."
    collection = folder(music)
    features, failures = extract(collection.tracks, FeatureSpec(), tmp_path_factory.mktemp('cache'), jobs=1, progress=False)
    return exclude(collection, failures), features


def test_what_can_be_used_is_used(usable):
    collection, features = usable
    assert set(collection.tracks.index) == {f'folk/{ODD}', 'folk/plain', 'rock/album/high', 'rock/whole', 'rock/truncated'}
    assert list(features.track_id.values) == list(collection.tracks.index)
    assert np.isfinite(features['mfcc'].values).all()
    assert collection.tracks.genre.to_dict()['rock/album/high'] == 'rock'


def test_what_cannot_is_named_with_its_reason(usable):
    excluded = usable[0].excluded
    reasons = {os.path.basename(p): r for p, r in zip(excluded.path, excluded.reason)}
    assert reasons == {'zero.wav': 'empty', 'text.wav': 'unreadable', 'stub.mp3': reasons.get('stub.mp3'), 'silent.wav': 'silent', 'blip.wav': 'too short'}
    assert reasons['stub.mp3'] in ('unreadable', 'empty', 'too short')
    assert excluded.detail.str.len().gt(5).all()


def test_a_folder_with_nothing_usable_is_an_error(tmp_path):
    (tmp_path/'a.wav').write_bytes(b'')
    (tmp_path/'b.wav').write_text('no')
    with pytest.raises(ValueError, match="none of the 2 files can be used: 'a.wav' is empty.*'b.wav' is unreadable"):
        extract(folder(tmp_path).tracks, FeatureSpec(), tmp_path/'cache', jobs=1, progress=False)


def test_utf16_and_a_missing_column(tmp_path, music):
    table = tmp_path/'words.csv'
    table.write_bytes('name;text\nwhole;Worte über Flüsse\n'.encode('utf-16'))
    with pytest.raises(ValueError, match="column `track_id` or `path`.*'name'"): read_table(table)
    collection = folder(music, table, dict(track_id='name', lyrics='text'))
    assert collection.tracks.lyrics['rock/whole'] == 'Worte über Flüsse'


def run_cli(*words, **kwargs):
    "Run the program in a process of its own."
    return subprocess.run([sys.executable, '-c', 'from hybrid_vae.cli import main; main()', *map(str, words)], capture_output=True, text=True, **kwargs)


@pytest.mark.whole
def test_from_a_folder_to_a_report(music, tmp_path):
    for i in range(24): soundfile.write(music/('folk' if i % 2 else 'rock')/f'take {i}.wav', synthetic_song(4., seed=i), 22050)
    words = ['the river runs to the sea', 'der Fluss läuft in das Meer', 'নদী সাগরে যায়']
    rows = pd.DataFrame([dict(track_id=f'take {i}', lyrics=f'{words[i % 3]} {i}', language=['en', 'de', 'bn'][i % 3], artist='nobody') for i in range(21)])
    rows.to_csv(tmp_path/'words.csv', index=False)
    for kind in ('hubert', 'whisper'): synthetic_hub_model(tmp_path/f'tiny {kind}', kind)
    done = run_cli('run', '--audio', music, '--lyrics', tmp_path/'words.csv', '--data', tmp_path/'data', '--methods', 'vae', '--seeds', 2, '--name', 'mine',
                   '--encoders', tmp_path/'tiny hubert', '--sung-language', tmp_path/'tiny whisper', '--jobs', 1)
    assert not done.returncode, done.stderr
    run, methods = tmp_path/'data'/'runs'/'mine', ('vae', *encoder_methods(str(tmp_path/'tiny hubert')))
    ranking = pd.read_parquet(next(run.glob('05_overall-*'))/'ranking.parquet').set_index('method')
    assert ranking.panel[methods[1]].startswith('pretrained') and ranking.title[methods[1]] == 'tiny hubert'
    assert set(load_collection(run/'collection').tracks.sung_language.dropna()) <= {'en', 'de', 'fr', 'bn'} and 'sung_language_confidence' in (run/'map.html').read_text(encoding='utf-8')
    page = (run/'report'/'_site'/'failures.html').read_text(encoding='utf-8')
    for name in ('zero.wav', 'text.wav', 'silent.wav', 'blip.wav'): assert name in page
    assert list((run/'report').rglob('*.pdf')) and project_problems(run/'report') == []
    excluded = pd.read_csv(next(run.glob('01_collection-*'))/'collection'/'excluded.csv')
    assert len(excluded) == 5
    for made in run.glob('0*'):
        assert {'done.json', 'manifest.json', 'parameters.json', 'run.ipynb', 'results.parquet', 'results.csv'} <= {p.name for p in made.iterdir()}, made
    before = {p: p.stat().st_mtime_ns for p in run.glob('0*/run.ipynb')}
    used = load_collection(next(run.glob('01_collection-*'))/'collection')
    again = plan(used, run, tmp_path/'data', methods, seeds=2, ears='auto')
    assert len(before) == len(again) and {f.name for f in run_experiments(again, run, progress=False).values()} == {p.parent.name for p in before}
    assert before == {p: p.stat().st_mtime_ns for p in run.glob('0*/run.ipynb')}, 'finished experiments were run again'
    for e in plan(used, run, tmp_path/'data', methods, seeds=2, ears='auto', further=('06_factors', '08_missing')):
        if e.name in ('06_factors', '08_missing'): execute(e, run/f'{e.name}-here', seeds=1)
    captioned = {p.stem: table for p in run.glob('0*/*.parquet') if (table := pd.read_parquet(p)).attrs.get('caption')}
    assert {'summary', 'informativeness', 'retrieval-summary', 'stability', 'by-k'} <= set(captioned) and all(len(t) and len(t.columns) > 1 for t in captioned.values())
    assert not any(is_done(e.folder(run)) for e in plan(used, run, tmp_path/'data', methods, seeds=3, ears='auto')[1:])
