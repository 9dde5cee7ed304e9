"Properties that scores, intervals and clusterings must have on any input, found by hypothesis."
import itertools
import numpy as np, pandas as pd, pytest, xarray as xr
from hypothesis import HealthCheck, given, settings, strategies as st
from sklearn import metrics as sk
from hybrid_vae import clustering as hc, intervals as hi
from hybrid_vae.collection.tracks import MisalignedTracks, track_array
from hybrid_vae.metrics import external, internal, neighbourhood
from hybrid_vae.metrics.registry import functions_of
from hybrid_vae.metrics.score import METRICS

settings.register_profile('metrics', max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile('metrics')

SKLEARN = dict(ari=sk.adjusted_rand_score, ami=sk.adjusted_mutual_info_score, nmi=sk.normalized_mutual_info_score, v_measure=sk.v_measure_score,
               homogeneity=sk.homogeneity_score, completeness=sk.completeness_score)
EXTERNAL = functions_of('external')

def ids(n): return [f't{i:03d}' for i in range(n)]
def labels(values): return track_array(np.array([f'label{v}' for v in values], object), ids(len(values)), role='label')
def clusters(values): return track_array(np.asarray(values, int), ids(len(values)))
def same(a, b): assert a.keys() == b.keys() and all(a[k] == b[k] or (a[k] != a[k] and b[k] != b[k]) for k in a), (a, b)

@st.composite
def partitions(draw, low=0, least=4):
    "Labels and clusters of the same tracks; with `low=-1` some clusters may be noise."
    n, a, b = draw(st.integers(least, 40)), draw(st.integers(2, 6)), draw(st.integers(1, 9))
    t = draw(st.lists(st.integers(0, a - 1), min_size=n, max_size=n))
    c = draw(st.lists(st.integers(low, b - 1), min_size=n, max_size=n))
    t[0], t[1], t[2] = 0, 1, 1                                               # two labels, one of them shared
    return np.array(t), np.array(c)

seeds = st.integers(0, 2**31 - 1)
def table(t, c): return external.contingency(np.unique(t, return_inverse=True)[1], np.unique(c, return_inverse=True)[1])

@given(partitions())
def test_external_scores_equal_sklearn(pair):
    t, c = pair
    for name, theirs in SKLEARN.items():
        if name == 'ami' and len(set(t)) == len(set(c)) == len(t): continue  # 0/0: 1 here, a matter of rounding there
        assert EXTERNAL[name](table(t, c)) == pytest.approx(theirs(t, c), abs=1e-8), name
    assert external.purity(table(t, c)) == pytest.approx(sum(np.bincount(t[c == j]).max() for j in set(c))/len(t))

@given(st.lists(partitions(least=20), min_size=1, max_size=3), seeds)
def test_tables_of_many_are_the_tables_of_each(pairs, seed):
    rng = np.random.default_rng(seed)
    t, many = pairs[0][0], rng.integers(0, 5, (4, len(pairs[0][0])))
    stacked = external.contingency(np.unique(t, return_inverse=True)[1], many)
    for f in EXTERNAL.values(): np.testing.assert_allclose(f(stacked), [f(table(t, c)) for c in many], atol=1e-9)

@given(partitions(low=-1), seeds)
def test_shuffled_rows_score_the_same(pair, seed):
    t, c = labels(pair[0]), clusters(pair[1])
    order = np.random.default_rng(seed).permutation(t.size)
    same(external.external_scores(t, c), external.external_scores(t, c.isel(track=order)))
    same(external.external_scores(t, c), external.external_scores(t.isel(track=order), c))
    Z = track_array(np.random.default_rng(seed).normal(size=(t.size, 3)), ids(t.size), ('track', 'latent'))
    same(internal.internal_scores(Z, c, Z), internal.internal_scores(Z, c.isel(track=order), Z.isel(track=order[::-1])))
    if t.size > 10: assert neighbourhood.knn_agreement(Z, t, 5) == neighbourhood.knn_agreement(Z.isel(track=order), t, 5)

@given(partitions(), seeds)
def test_scoring_by_position_would_be_noticed(pair, seed):
    t, c = labels(pair[0]), clusters(pair[1])
    other = c.assign_coords(track_id=('track', [f'other{i}' for i in range(c.size)]))
    for wrong in (other, c.isel(track=slice(1, None)), c.isel(track=np.r_[0, 0, 1:c.size])):
        with pytest.raises(MisalignedTracks): external.external_scores(t, wrong)
        with pytest.raises(MisalignedTracks): hi.bootstrap_interval(t, wrong)
    with pytest.raises(MisalignedTracks): external.external_scores(t, c.values)

@given(partitions(), seeds)
def test_names_of_clusters_do_not_matter(pair, seed):
    t, c = pair
    names = np.random.default_rng(seed).permutation(50)
    a, b = external.external_scores(labels(t), clusters(c)), external.external_scores(labels(t), clusters(names[c]))
    for m in EXTERNAL: assert a[m] == pytest.approx(b[m], abs=1e-9)

@given(partitions())
def test_identical_partitions_score_one(pair):
    t, _ = pair
    scores = external.external_scores(labels(t), clusters(t))
    for m in EXTERNAL: assert scores[m] == pytest.approx(1), m

@given(partitions(low=-1))
def test_scores_stay_in_their_range(pair):
    scores = external.external_scores(labels(pair[0]), clusters(pair[1]))
    for m in EXTERNAL: assert METRICS.low[m] - 1e-9 <= scores[m] <= METRICS.high[m] + 1e-9, m
    assert scores['v_measure'] == scores['nmi']
    assert scores['ari'] <= scores['purity'] + 1e-9

@given(partitions())
def test_agreement_is_symmetric(pair):
    t, c = pair
    for m in ('ari', 'ami', 'nmi'): assert EXTERNAL[m](table(t, c)) == pytest.approx(float(EXTERNAL[m](table(c, t))), abs=1e-9)
    assert external.homogeneity(table(t, c)) == pytest.approx(float(external.completeness(table(c, t))), abs=1e-9)

@given(partitions(), seeds)
def test_refinement_never_lowers_purity(pair, seed):
    t, c = pair
    finer = c*3 + np.random.default_rng(seed).integers(0, 3, len(c))
    for f in (external.purity, external.homogeneity): assert f(table(t, finer)) >= f(table(t, c)) - 1e-9

@given(partitions(), st.lists(st.booleans(), min_size=40, max_size=40))
def test_unlabelled_tracks_are_left_out_and_counted(pair, hidden):
    t, c = pair
    gone = np.array(hidden[:len(t)])
    known = labels(t); known.values[gone] = ''
    scores = external.external_scores(known, clusters(c))
    assert scores['n_unlabelled'] == gone.sum() and scores['n_scored'] == (~gone).sum()
    if not 1 < len(set(t[~gone])) < (~gone).sum(): assert np.isnan(scores['ari']) and scores['reason']
    else: assert scores['ari'] == pytest.approx(float(external.adjusted_rand(table(t[~gone], c[~gone]))))

@given(partitions(), seeds)
def test_declaring_noise_adds_no_purity_to_one_cluster(pair, seed):
    t, _ = pair
    c = np.where(np.random.default_rng(seed).random(len(t)) < .5, -1, 0)
    grouped, alone = external.external_scores(labels(t), clusters(c)), external.external_scores(labels(t), clusters(c), noise='singletons')
    assert grouped['purity'] <= alone['purity'] + 1e-9 and grouped['noise_fraction'] == (c < 0).mean()
    everything = external.external_scores(labels(t), clusters(c*0 - 1))
    assert everything['ari'] == everything['ami'] == everything['nmi'] == 0

@given(seeds, st.integers(3, 30), st.integers(1, 5), st.integers(2, 5))
def test_internal_scores_equal_sklearn(seed, n, d, k):
    rng = np.random.default_rng(seed)
    X, c = rng.normal(size=(n, d)), rng.integers(-1, k, n)
    kept, of = X[c >= 0], c[c >= 0]
    scores = internal.internal_scores(track_array(X, ids(n), ('track', 'latent')), clusters(c))
    if not 2 <= len(set(of)) < len(of):
        assert np.isnan(scores['silhouette']) and scores['reason']
        return
    assert scores['n_scored'] == len(of)
    assert scores['silhouette'] == pytest.approx(sk.silhouette_score(kept, of), abs=1e-6)
    assert scores['calinski_harabasz'] == pytest.approx(sk.calinski_harabasz_score(kept, of), rel=1e-6)
    assert scores['davies_bouldin'] == pytest.approx(sk.davies_bouldin_score(kept, of), rel=1e-6)
    assert np.isnan(scores['dbcv']) or -1 - 1e-9 <= scores['dbcv'] <= 1 + 1e-9

@settings(max_examples=15)
@given(partitions(low=-1, least=12), seeds, st.sampled_from(list(EXTERNAL)))
def test_intervals_are_deterministic_and_in_range(pair, seed, metric):
    t, rng = labels(pair[0]), np.random.default_rng(seed)
    runs = xr.concat([clusters(pair[1]), clusters(rng.permutation(pair[1]))], pd.Index([0, 1], name='seed'))
    first = hi.bootstrap_interval(t, runs, metric, n=60, seed=seed)
    assert first == hi.bootstrap_interval(t.isel(track=rng.permutation(t.size)), runs.isel(track=rng.permutation(t.size)), metric, n=60, seed=seed)
    assert first != hi.bootstrap_interval(t, runs, metric, n=60, seed=seed + 1) or first['se'] < 1e-9
    assert METRICS.low[metric] <= first['low'] <= first['high'] <= METRICS.high[metric]
    null = hi.permutation_null(t, runs, metric, n=30, seed=seed)
    assert null == hi.permutation_null(t, runs, metric, n=30, seed=seed) and 0 < null['p'] <= 1

def test_one_label_has_no_score_and_breaks_nothing():
    t, c, d = labels([1]*12), clusters(np.arange(12) % 3), clusters(np.arange(12) % 2)
    assert np.isnan(hi.bootstrap_interval(t, c)['mean']) and np.isnan(hi.permutation_null(t, c)['p'])
    table = hi.compare(t, dict(a=c, b=d))
    assert not table.differs.any() and list(hi.ranking(table).letters) == ['a', 'a']

@settings(max_examples=15)
@given(partitions(least=12), seeds)
def test_paired_difference_is_antisymmetric(pair, seed):
    t, a, b = labels(pair[0]), clusters(pair[1]), clusters(np.random.default_rng(seed).permutation(pair[1]))
    there, back = hi.paired_difference(t, a, b, n=60), hi.paired_difference(t, b, a, n=60)
    assert there['difference'] == pytest.approx(-back['difference'], abs=1e-12) and there['p'] == pytest.approx(back['p'])
    assert there['low'] == pytest.approx(-back['high'], abs=1e-12)
    itself = hi.paired_difference(t, a, a, n=60)
    assert (itself['difference'], itself['p']) == (0, 1)

@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_monotone_and_never_below_p(p):
    adjusted, order = hi.holm(p), np.argsort(p, kind='stable')
    assert (adjusted >= np.array(p)).all() and (adjusted <= 1).all()
    assert (np.diff(adjusted[order]) >= 0).all()
    assert (adjusted <= np.minimum(np.array(p)*len(p), 1) + 1e-12).all()

@given(st.integers(2, 7), st.data())
def test_letters_say_exactly_what_differs(n, data):
    names = list(range(n))
    pairs = list(itertools.combinations(names, 2))
    differing = data.draw(st.sets(st.sampled_from(pairs)))
    groups = hi.groups_alike(names, differing)
    for a, b in pairs: assert any(a in g and b in g for g in groups) == ((a, b) not in differing)
    assert set(itertools.chain(*groups)) == set(names)

@given(st.lists(st.integers(-1, 6), min_size=1, max_size=30))
def test_clusters_are_numbered_from_the_largest(c):
    new = hc.number_by_size(np.array(c))
    sizes = np.bincount(new[new >= 0])
    assert (np.diff(sizes) <= 0).all() and ((new == -1) == (np.array(c) == -1)).all()
    assert sk.adjusted_rand_score(c, new) == 1

@settings(max_examples=4)
@given(seeds)
def test_clusterings_keep_names_and_are_reproducible(seed):
    Z, truth = hc.synthetic_latent(n=40, d=3, k=3, separation=6, seed=seed)
    for method in hc.CLUSTERINGS:
        first = hc.cluster(Z, method, 3, seed)
        assert list(first.track_id.values) == list(Z.track_id.values)
        assert first.identical(hc.cluster(Z, method, 3, seed))
        assert first.attrs['n_noise'] == (first.values < 0).sum()
    with pytest.raises(ValueError, match='never enter'): hc.cluster(truth)

@pytest.mark.parametrize('method', list(hc.CLUSTERINGS))
def test_bad_input_is_refused(method):
    Z, _ = hc.synthetic_latent(n=12)
    for bad, words in [(Z.where(Z.track_id != 'synthetic0003'), 'synthetic0003'), (Z[:, 0], r'\(track, latent\)'), (Z.astype(str), 'expected numbers')]:
        with pytest.raises(ValueError, match=words): hc.cluster(bad, method, 2)
    with pytest.raises(ValueError, match='has no parameter'): hc.cluster(Z, method, 2, colour='red')
    with pytest.raises(MisalignedTracks): hc.cluster(Z.values, method, 2)
    if hc.CLUSTERINGS[method].needs_k:
        for k, words in [(13, 'only 12 tracks'), (0, 'at least 1'), (None, 'give k=')]:
            with pytest.raises(ValueError, match=words): hc.cluster(Z, method, k)
