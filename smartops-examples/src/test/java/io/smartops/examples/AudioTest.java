package io.smartops.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.smartops.examples.SpokenWords.Clip;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

/** What the audio job stands on. */
class AudioTest {

  @Test
  void everyWordIsSaidEquallyOften() throws IOException {
    for (String part : List.of("train", "test")) {
      List<Clip> clips = SpokenWords.read(part);
      int perWord = part.equals("train") ? 120 : 36;
      for (int word = 0; word < SpokenWords.WORDS.size(); word++) {
        int wanted = word;
        assertThat(clips.stream().filter(clip -> clip.word() == wanted)).hasSize(perWord);
      }
      assertThat(clips).hasSize(10 * perWord);
    }
  }

  @Test
  void noVoiceOfTheTestIsHeardInTraining() throws IOException {
    Set<String> train = voices("train");
    Set<String> test = voices("test");

    assertThat(train).hasSize(60).doesNotContainAnyElementsOf(test);
    assertThat(test).hasSize(12);
  }

  private static Set<String> voices(String part) throws IOException {
    Set<String> voices = new HashSet<>();
    try (InputStream resource = SpokenWords.class.getResourceAsStream("speech/spoken-words.zip");
        ZipInputStream zip = new ZipInputStream(resource)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        String[] path = entry.getName().split("[/-]", -1);
        if (path[0].equals(part)) {
          voices.add(path[2]);
        }
      }
    }
    return voices;
  }

  @Test
  void aToneIsStrongestInItsBand() {
    float[] tone = new float[Waveform.SAMPLES];
    for (int i = 0; i < tone.length; i++) {
      tone[i] = (float) Math.sin(2 * Math.PI * 1_000 * i / Waveform.RATE);
    }

    float[] spectrogram = Spectrogram.of(tone);

    double top = 2595 * Math.log10(1 + 4_000 / 700.0);
    long band = Math.round(2595 * Math.log10(1 + 1_000 / 700.0) / top * 41) - 1;
    int strongest = 0;
    for (int i = 0; i < Spectrogram.BANDS; i++) {
      if (at(spectrogram, i, 20) > at(spectrogram, strongest, 20)) {
        strongest = i;
      }
    }
    assertThat(strongest).isEqualTo((int) band);
  }

  private static float at(float[] spectrogram, int band, int frame) {
    return spectrogram[band * Spectrogram.FRAMES + frame];
  }

  @Test
  void aSpectrogramHasMeanZeroAndVarianceOne() throws IOException {
    float[] values = Spectrogram.of(Waveform.centred(SpokenWords.read("test").get(0).wav()));
    double mean = 0;
    double square = 0;
    for (float value : values) {
      mean += value / values.length;
      square += value * value / values.length;
    }

    assertThat(mean).isCloseTo(0, within(1e-4));
    assertThat(square).isCloseTo(1, within(1e-3));
  }

  @Test
  void disturbedClipsFollowFromTheirSeed() throws IOException {
    byte[] wav = SpokenWords.read("train").get(0).wav();

    float[] one = Waveform.disturbed(wav, new Random(1));

    assertThat(one).isEqualTo(Waveform.disturbed(wav, new Random(1)));
    assertThat(Arrays.equals(one, Waveform.disturbed(wav, new Random(2)))).isFalse();
    assertThat(one).hasSize(Waveform.SAMPLES);
  }
}
