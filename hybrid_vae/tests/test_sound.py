"Sounds from spectrograms: the right length, the right loudness, never clipped, and near to what they come from."
import io
import numpy as np, pytest, soundfile as sf
from hybrid_vae.features.audio import mel_power, power_spectrum, power_to_db, synthetic_song
from hybrid_vae.sound import as_mp3, equally_loud, griffin_lim, levels, players, power_from_mel, sound_of, sound_of_patch, stretch

SIGNALS = dict(song=synthetic_song(2.), tone=np.sin(2*np.pi*440*np.arange(44100)/22050).astype(np.float32), quiet=1e-3*synthetic_song(2., seed=3),
               noise=np.random.default_rng(0).normal(size=44100).astype(np.float32), silence=np.zeros(44100, np.float32), square=np.sign(np.sin(np.arange(44100)/20)).astype(np.float32))


def difference_db(y, original):
    "Root mean square difference of two log-mel spectrograms in dB, of sounds that are equally loud."
    A, B = (power_to_db(mel_power(power_spectrum(equally_loud(x, peak=99.))), range_db=60) for x in (y, original))
    return float(np.sqrt(np.mean((A - B)**2)))


@pytest.mark.parametrize('name', SIGNALS)
def test_nothing_clips_and_all_is_equally_loud(name):
    y = equally_loud(SIGNALS[name])
    heard = sf.read(io.BytesIO(as_mp3(y)), dtype='float32')[0]
    found = levels({'before': y, 'after': heard})
    assert (found.clipped == 0).all() and np.isfinite(y).all()
    if name != 'silence': assert abs(found.rms_db['before'] + 26) < .01 and abs(found.rms_db['after'] + 26) < (3 if name == 'noise' else 1) # MP3 drops what is above 10 kHz


@pytest.mark.parametrize('name', ['song', 'tone', 'noise'])
def test_a_log_mel_spectrogram_comes_back_as_sound(name):
    y = SIGNALS[name]
    again = sound_of(power_to_db(mel_power(power_spectrum(y))), len(y))
    assert again.shape == y.shape and again.dtype == np.float32 and np.isfinite(again).all()
    assert difference_db(again, y) < 6 < difference_db(SIGNALS['square'], y)


def test_a_tone_keeps_its_pitch():
    y = SIGNALS['tone']
    again = sound_of(power_to_db(mel_power(power_spectrum(y))), len(y))
    assert abs(np.abs(np.fft.rfft(again)).argmax()/2 - 440) < 15 # a mel band is 35 Hz wide there


@pytest.mark.parametrize('shape, seconds', [((64, 32), 3.), ((128, 32), 3.), ((32, 16), 1.)])
def test_patches_of_any_size_sound(shape, seconds):
    y = sound_of_patch(np.random.default_rng(0).uniform(-40, 0, shape), seconds)
    assert len(y) == round(22050*seconds) and np.isfinite(y).all() and np.abs(y).max() > 0


def test_inversion_does_not_invent():
    assert power_from_mel(np.zeros((128, 4))).max() == 0 and np.abs(griffin_lim(np.zeros((1025, 18)), 9000)).max() == 0
    with pytest.raises(ValueError, match='20 frames.*18'): griffin_lim(np.zeros((1025, 20)), 9000)
    assert stretch(np.random.default_rng(0).uniform(0, 1, (8, 4)), 40, 33).max() <= 1


def test_players_leave_text_as_text():
    page = players({'<script>alert(1)</script>': SIGNALS['song']}).data
    assert '<script' not in page and 'aria-label' in page and page.count('<audio') == 1
