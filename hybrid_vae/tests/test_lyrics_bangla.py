"Real Bangla lyrics: identified, cut into whole words, embedded, and found again by a translated line."
import re, unicodedata
from pathlib import Path
from unittest.mock import Mock
import numpy as np, pandas as pd, pytest
from indic_transliteration import sanscript
from hybrid_vae.collection.language import clean_text
from hybrid_vae.features.lyrics import centre_by_language, embed, tfidf, tokenise
from hybrid_vae.collection.language import SURE, identify_language, romanised, texts_of

CSV = Path(__file__).resolve().parents[2].parent/'shared'/'data'/'bangla_lyrics_pd.csv'
pytestmark = pytest.mark.skipif(not CSV.is_file(), reason=f'the Bangla lyrics are not on this machine ({CSV})')

TRANSLATED = { # opening of a lyric -> our literal translation
    'স্বার্থক জনম আমার': 'Blessed is my birth, that I was born in this land',
    'তিমির-অবগুণ্ঠনে': 'Covering your face with a veil of darkness',
    'অসীম কালসাগরে': 'The world floats on, over the endless ocean of time',
    'কেন তোমরা আমায় ডাকো': 'Why do you call me? My heart does not obey',
    'মনে হল যেন পেরিয়ে': 'It seemed to me that I had crossed an endless road',
    'আমার মনের মাঝে যে গান বাজে': 'Can you hear the song that plays within my heart?',
    'অচেনাকে ভয় কী': 'Why should I be afraid of the unknown?',
    'যখন পড়বে না মোর পায়ের চিহ্ন': 'When my footprints no longer fall on this path',
    'আজি ঝড়ের রাতে': 'Tonight, in this night of storm, you come to meet your love',
    'ব্যর্থ প্রাণের আবর্জনা': 'Burn the rubbish of a wasted life and light the fire',
    'আমার মুক্তি আলোয়': 'My freedom is in every light of this sky',
    'শুক্‌নো পাতা': 'Who scatters the dry leaves, there in the distance?',
    'আমি পথভোলা': 'I have come, a traveller who has lost the way',
    'জানি তোমার অজানা': 'I know that what is in my heart is not unknown to you',
    'ওরে গৃহবাসী': 'You who stay at home, open the door',
    'এ দেশেতে এই সুখ': 'Such was my happiness in this country, I do not know where else to go',
}

@pytest.fixture(scope='module')
def songs():
    table = pd.read_csv(CSV, dtype=str)
    table.index = pd.Index([f'bn{i:04d}' for i in range(len(table))], name='track_id')
    return table

@pytest.fixture(scope='module')
def cache(tmp_path_factory): return tmp_path_factory.mktemp('embeddings')

def whole_words(text):
    "An independent cut: runs of letters, marks and digits."
    keep = lambda c: unicodedata.category(c)[0] in 'LMN' or c == '\u200d'
    return ''.join(c if keep(c) else ' ' for c in unicodedata.normalize('NFC', text).lower().replace('\u200c', '')).split()

def test_identified(songs):
    sample = songs.sample(100, random_state=0)
    assert (identify_language(sample).language == 'bn').sum() >= 99

def typed(text):
    "A Bangla text as people type it in Latin letters: no silent vowels, one letter for many."
    text = sanscript.transliterate(unicodedata.normalize('NFC', text), sanscript.BENGALI, sanscript.ITRANS)
    for mark, letters in (('\u09bc', ''), ('.N', 'n'), ('M', 'ng'), ('.h', ''), ('|', ''), ('~n', 'n'), ('RRi', 'ri'), ('v', 'b'), ('kSh', 'kkh'), ('Sh', 'sh')): text = text.replace(mark, letters)
    text = re.sub(r'(?<=[bcdghjklmnprstyTDN])a(?=\W|$)', '', text)
    return re.sub(r'(?<![aA])a(?![aAiu])', 'o', text).lower()

def test_typed_in_latin(songs):
    held_out = songs.drop(songs.sample(frac=.5, random_state=1).index) # the common words were chosen from the other half
    found = [romanised(typed(t)) for t in held_out.lyrics]
    assert np.mean([language == 'bn-Latn' and p > SURE for language, p in found]) > .87
    assert not any(language == 'hi-Latn' and p > SURE for language, p in found)

def test_words_are_whole(songs):
    for text in songs.lyrics: assert set(tokenise(text)) <= set(whole_words(text))
    words = tfidf(songs)
    assert words.shape == (len(songs), 500) and words.mask.all()
    assert {'আমার', 'তোমার', 'প্রাণে', 'বাঁশি'} <= set(words.feature.values)
    assert not any(unicodedata.category(w[0])[0] == 'M' for w in words.feature.values)
    assert (words != 0).any('feature').mean() > .99

def test_missing_stays_missing(songs):
    few = songs.lyrics.iloc[:6].copy()
    few.iloc[[1, 4]] = [None, ' \u200b\n']
    assert texts_of(few).isna().tolist() == [False, True, False, False, True, False]
    words = tfidf(few)
    assert (np.isnan(words).all('feature') == ~words.mask).all() and words.mask.sum() == 4

def test_embedded_once(songs, cache, monkeypatch):
    some = songs.iloc[::100]
    E = embed(some, cache=cache, progress=False)
    assert E.dims == ('track', 'feature') and E.shape == (len(some), 384) and E.attrs['modality'] == 'lyrics'
    assert np.allclose(np.linalg.norm(E, axis=1), 1, atol=1e-5)
    monkeypatch.setattr('hybrid_vae.features.lyrics.load_encoder', Mock(side_effect=AssertionError('the second run loaded the model')))
    assert embed(some.iloc[::-1], cache=cache, progress=False).isel(track=slice(None, None, -1)).identical(E)

def test_a_translated_line_finds_its_original(songs, cache):
    opening = texts_of(songs).str.split('\n').str[0]
    opening = opening[~opening.map(lambda t: ' '.join(tokenise(t))).duplicated()] # some songs are there twice
    originals = [opening[opening.str.startswith(clean_text(start))].index[0] for start in TRANSLATED]
    first = pd.concat([opening[originals], opening.drop(originals).iloc[::10]])
    english = pd.Series(list(TRANSLATED.values()), index=[f'en {i}' for i in originals])
    E = embed(pd.concat([first, english]), cache=cache, jobs=1, progress=False)
    C = centre_by_language(E, identify_language(pd.concat([first, english]), ['bn', 'en']).language)
    assert C.attrs['centred_languages'] == 'bn en'
    for X, least in ((E, 12), (C, 14)):
        X = X/np.sqrt((X**2).sum('feature'))
        nearest = first.index[(X[len(first):].values @ X[:len(first)].values.T).argmax(axis=1)]
        found = (nearest == originals).sum()
        print(f'{found} of {len(originals)} translated lines found among {len(first)}')
        assert found >= least, f'{found} of {len(originals)} translated lines found among {len(first)}'
