"Package metadata: everything is read from settings.ini."
import shlex
from configparser import ConfigParser
from setuptools import find_packages, setup

parser = ConfigParser(delimiters=['='])
parser.read('settings.ini', encoding='utf-8')
cfg = parser['DEFAULT']

setup(
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'],
    author=cfg['author'], author_email=cfg['author_email'], url=cfg['git_url'], keywords=cfg['keywords'],
    license='MIT', python_requires='>=' + cfg['min_python'],
    long_description=open('README.md', encoding='utf-8').read(), long_description_content_type='text/markdown',
    packages=find_packages(include=[cfg['lib_path'], cfg['lib_path'] + '.*']) + ['hybrid_vae.notebooks'],
    package_dir={'hybrid_vae.notebooks': 'nbs/experiments'},
    package_data={'hybrid_vae': ['collection/*.csv', 'placement/*.csv', 'scores/*.csv', 'templates/*', 'templates/*/*'], 'hybrid_vae.notebooks': ['*.ipynb']},
    install_requires=shlex.split(cfg['requirements']),
    extras_require={extra: shlex.split(cfg[f'{extra}_requirements']) for extra in ('audio', 'datasets', 'dev')},
    entry_points={'console_scripts': shlex.split(cfg['console_scripts']),
                  'nbdev': [f"{cfg['lib_path']}={cfg['lib_path']}._modidx:d"]},
)
