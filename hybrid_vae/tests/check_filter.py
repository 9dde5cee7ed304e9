"Check that the filter through which Quarto reads the notebooks takes them all: `python -m hybrid_vae.tests.check_filter`."
import contextlib, io, os, sys, warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from execnb.nbio import read_nb
from nbdev.config import get_config
from nbdev.processors import FilterDefaults
from hybrid_vae.testing import close_shell


def refusal(notebook):
    """Why nbdev's filter would stop Quarto at a notebook, or ''.

    The filter executes exported cells, cells with an import, and nothing else; what they use must come from their like.
    """
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter('ignore')
        filtered = FilterDefaults().nb_proc(read_nb(notebook))
        try: filtered.process()
        except Exception as error: return f'{notebook}: {error.__cause__ or error!r}: {str(error)[:300]}'
        finally:
            for step in filtered.procs:
                if hasattr(step, 'k'): close_shell(step.k)                  # it executed the cells
    return ''


def refusals():
    "Why notebooks would be refused, one sentence for each."
    notebooks = sorted(p for p in Path(get_config().nbs_path).rglob('*.ipynb') if '.ipynb_checkpoints' not in p.parts)
    with ProcessPoolExecutor(os.cpu_count(), get_context('spawn')) as pool: return list(filter(None, pool.map(refusal, notebooks)))


if __name__ == '__main__':
    from hybrid_vae.tests import check_filter                       # under this name workers find it; `__main__` becomes the filter's shell
    found = check_filter.refusals()
    sys.exit('\n'.join(found) if found else None)
