"""Every vector method passes scikit-learn's own checks of an estimator, and keeps promises that a notebook cannot test well."""
import warnings
import numpy as np, pytest, torch
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from hybrid_vae.inputs import Vectors
from hybrid_vae.models.methods import METHODS
from hybrid_vae.models.methods import make_method
from hybrid_vae.models.training import Ensemble, TrainingDiverged, compute_device, hold_out, seeded, synthetic_factors
from hybrid_vae.models.estimator import PosteriorCollapse, represent

QUICK = dict(latent_dim=2, hidden=(8,), epochs=3)
VECTOR = [make_method(name, **{k: v for k, v in QUICK.items() if k in method.factory().get_params()})
          for name, method in METHODS.items() if isinstance(method.input, Vectors) and not method.needs_condition]

@pytest.mark.filterwarnings('ignore')
@parametrize_with_checks(VECTOR)
def test_scikit_learn(estimator, check): check(estimator)

def test_works_in_pipelines_and_searches():
    X = synthetic_factors(60)[0].values
    search = GridSearchCV(make_pipeline(StandardScaler(), make_method('vae', **QUICK)), {'vae__beta': [1., 4.]}, cv=2)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', PosteriorCollapse)
        assert search.fit(X).best_params_['vae__beta'] in (1., 4.)

def test_frames_keep_their_index_and_names():
    import pandas as pd
    X = pd.DataFrame(synthetic_factors(40)[0].values, index=[f't{i}' for i in range(40)]).add_prefix('mfcc_')
    model = make_method('vae', **QUICK).set_output(transform='pandas')
    Z = model.fit_transform(X)
    assert list(Z.index) == list(X.index) and list(Z.columns) == ['vae0', 'vae1']
    X.iloc[3, 5] = np.nan
    with pytest.raises(ValueError, match="'mfcc_5'"): model.fit(X)

def test_divergence_is_named():
    X = synthetic_factors(80)[0]
    with pytest.raises(TrainingDiverged, match=r'epoch \d+, batch \d+ of network 0: .*column'), warnings.catch_warnings():
        warnings.simplefilter('ignore')
        make_method('vae', hidden=(8,), learning_rate=1e30).fit(X)

def test_fitting_leaves_global_random_numbers_and_threads_alone():
    before = torch.get_num_threads()
    torch.manual_seed(0); expected = torch.randn(4)
    torch.manual_seed(0); np.random.seed(0); state = np.random.get_state()[1].copy()
    model = make_method('vae', **QUICK).fit(synthetic_factors(50)[0])
    model.sample(3); model.score(synthetic_factors(50)[0])
    assert torch.equal(torch.randn(4), expected) and (np.random.get_state()[1] == state).all() and torch.get_num_threads() == before

def test_labels_cannot_be_represented():
    X = synthetic_factors(50)[0].assign_attrs(role='label')
    for name, method in METHODS.items():
        if isinstance(method.input, Vectors):
            with pytest.raises(ValueError, match='role `label`'): represent(make_method(name), X)

def test_early_stopping_restores_the_best_weights():
    X = synthetic_factors(60, noise=1.)[0]
    model = make_method('vae', latent_dim=8, hidden=(128,), epochs=200, patience=200, warmup=0).fit(X)
    h = model.history_
    assert h.validation_objective.idxmax() < len(h) - 1
    with seeded(np.random.SeedSequence([model.seed_]).generate_state(1)[0]): held = hold_out(len(X), .1)[1]
    device = compute_device(model.device) # each draws noise of its own
    again = Ensemble([model.network_], device=device).evaluate((model.scaled(X.values).to(device),), held[None].to(device))['objective'].item() - model.log_volume()
    assert abs(again - h.validation_objective.max()) < 1e-3
