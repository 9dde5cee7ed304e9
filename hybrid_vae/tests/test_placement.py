"New tracks into a saved run: odd files, moved runs, other seeds, and names that never come from a label."
import os, shutil
import numpy as np, pandas as pd, pytest, soundfile as sf, soxr
from hybrid_vae.features.audio import synthetic_song
from hybrid_vae.output.synthetic import synthetic_sound_run
from hybrid_vae.placement.assign import FilesLeftOut, assign_files, saved_model
from hybrid_vae.placement.names import describe_clusters, cluster_series, study_of, telling_words, word_counts, word_chance
from hybrid_vae.placement.playlists import cluster_playlist, playlist
from hybrid_vae.run import Run
from hybrid_vae.collection.tracks import load_collection, save_collection

ODD = 'it\'s a "song" গান\nsecond line'


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    return synthetic_sound_run(tmp_path_factory.mktemp('data')/'runs'/'songs', ('raw', 'vae', 'cvae', 'graph_vae'), n=12)


@pytest.fixture
def copied(run, tmp_path):
    return shutil.copytree(run, tmp_path/'run')


@pytest.mark.parametrize('method', ['raw', 'vae', 'graph_vae'])
def test_a_track_of_the_run_lands_in_its_own_cluster(run, tmp_path, method):
    tracks = Run(run).collection.tracks
    files = [shutil.copy(p, tmp_path/f'{i} {ODD if i == "s03" else ""}.wav') for i, p in tracks.path.items()]
    table = assign_files(run, files, method)
    assert [n[0] for n in table.nearest] == list(tracks.index)
    assert table.cluster.tolist() == cluster_series(Run(run), method)[tracks.index].tolist()
    assert table.confidence.between(0, 1).all() and (table.novelty == 0).all()


@pytest.mark.parametrize('change', ['stereo at 48 kHz', 'half as loud', 'a little later'])
def test_a_changed_track_stays_near_itself(run, tmp_path, change):
    y, sr = sf.read(Run(run).collection.tracks.path['s05'])
    if change == 'stereo at 48 kHz': y, sr = np.stack([soxr.resample(y, sr, 48000)]*2, 1), 48000
    if change == 'half as loud': y = y/2
    if change == 'a little later': y = y[sr//20:]
    sf.write(tmp_path/'again.flac', y, sr)
    found = assign_files(run, tmp_path/'again.flac', 'raw').iloc[0] # the others were trained for six epochs only
    assert found.nearest[0] == 's05' and found.cluster == cluster_series(Run(run), 'raw')['s05'] and found.outside < .2


def test_bad_files_are_named_and_the_others_placed(run, tmp_path):
    sf.write(tmp_path/'good.wav', synthetic_song(4., seed=50), 22050)
    sf.write(tmp_path/'silent.wav', np.zeros(88200), 22050)
    (tmp_path/'empty.wav').write_bytes(b'')
    with pytest.warns(FilesLeftOut, match="'empty.wav' is empty.*'silent.wav' is silent"): table = assign_files(run, tmp_path)
    assert [os.path.basename(f) for f in table.file] == ['good.wav']
    assert {os.path.basename(f) for f in table.attrs['left_out']} == {'empty.wav', 'silent.wav'}
    with pytest.raises(ValueError, match='no sound file'): assign_files(run, [])


def test_files_are_placed_alike_alone_and_together(run, tmp_path):
    files = [tmp_path/f'{i}.wav' for i in range(3)]
    for i, f in enumerate(files): sf.write(f, synthetic_song(3. + i, bpm=80 + 40*i, seed=70 + i), 22050)
    together = assign_files(run, files)
    alone = pd.concat([assign_files(run, f) for f in files], ignore_index=True)
    assert np.allclose(together.distance.tolist(), alone.distance.tolist(), atol=1e-5) and together.nearest.tolist() == alone.nearest.tolist()


def test_refusals_say_what_to_do(run, copied, tmp_path):
    song = Run(run).collection.tracks.path['s00']
    with pytest.raises(ValueError, match='needs a condition.*can be placed by raw, vae'): assign_files(run, song, 'cvae')
    with pytest.raises(ValueError, match=r'no model of .vae. for seed 3; there are seeds \[0\]'): assign_files(run, song, 'vae', seed=3)
    with pytest.raises(FileNotFoundError, match='say where they are with cache='): assign_files(run, song, cache=tmp_path/'nowhere')
    with pytest.raises(FileNotFoundError, match='not a finished run'): assign_files(tmp_path, song)
    (Run(copied).experiments['05_overall']/'ranking.parquet').unlink()
    with pytest.raises(ValueError, match='no ranking to choose by; give a method, one of raw, vae'): assign_files(copied, song)


def test_a_run_may_move(run, copied):
    song = Run(run).collection.tracks.path['s00']
    pd.testing.assert_frame_equal(assign_files(copied, song), assign_files(run, song))


def test_the_input_is_saved_with_the_model_and_is_that_of_the_run(copied):
    run, song = Run(copied), Run(copied).collection.tracks.path['s00']
    taken, study = saved_model(run, 'vae')[1], study_of(run)
    own = taken.transform(study)
    assert (own.values == taken.bounded(own).values).all() and (abs(own.mean('track')) < 1e-5).all() and (taken.low_ < taken.high_).all()
    alone = taken.transform(study.only(['s03']))
    assert (alone.values[0] == own.sel(track=own.track_id == 's03').values[0]).all()
    before = assign_files(copied, song, 'vae')
    (run.of('vae')/'models'/'audio-0'/'input.npz').unlink()
    with pytest.raises(FileNotFoundError, match='made by an earlier version.*run the experiments again'): assign_files(copied, song, 'vae')
    assert len(before) == 1


def test_names_do_not_depend_on_labels(run, copied):
    before = describe_clusters(run, 'raw').name.to_dict()
    where = Run(copied).experiments['01_collection']/'collection'
    collection = load_collection(where)
    collection.tracks = collection.tracks.assign(genre='polka', language='Klingon', title='Polka')
    save_collection(collection, where)
    assert describe_clusters(copied, 'raw').name.to_dict() == before


def test_a_collection_without_lyrics_has_names_from_sound(copied):
    where = Run(copied).experiments['01_collection']/'collection'
    collection = load_collection(where)
    collection.tracks = collection.tracks.drop(columns='lyrics')
    save_collection(collection, where)
    about = describe_clusters(Run(copied), 'raw')
    assert (about.texts == 0).all() and (about.words == '').all() and about.name.str.len().gt(0).all()


def test_words_that_luck_explains_are_not_said():
    words = pd.Series([{f'w{j}' for j in np.random.default_rng(i).integers(0, 30, 10)} for i in range(60)])
    luck = word_chance(*word_counts(words, pd.Series(np.random.default_rng(1).permutation(np.arange(60) % 3))))
    assert ((luck > 0) & (luck <= 1)).all(axis=None) and (luck < .001).to_numpy().sum() == 0


@pytest.mark.parametrize('text, kept', [('আমি তোমায় ভালোবাসি', {'ভালোবাসি'}), ('und die Nacht', {'nacht'}), ('je t’aime, mon amour, mon amour et pour toujours', {'amour'})])
def test_filler_goes_in_every_script(text, kept):
    assert telling_words(pd.Series([text], ['a']))[0]['a'] == kept


def test_playlists_play(run, tmp_path):
    tracks = Run(run).collection.tracks
    lines = playlist(run, 's04', n=3, out=tmp_path/'a.m3u').read_text(encoding='utf-8').splitlines()
    assert lines[0] == '#EXTM3U' and all(os.path.isfile(p) for p in lines[4::2]) and tracks.path['s04'] not in lines
    assert len(playlist(run, 's04', n=500).read_text(encoding='utf-8').splitlines()) == 3 + 2*11
    numbers = cluster_series(Run(run), 'raw')
    paths = set(cluster_playlist(run, 0, method='raw').read_text(encoding='utf-8').splitlines()[4::2])
    assert paths == set(tracks.path[numbers.index[numbers == 0]])
