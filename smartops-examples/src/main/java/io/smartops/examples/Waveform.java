package io.smartops.examples;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.util.Random;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

/** Sound as numbers from -1 to 1, {@link #SAMPLES} of them. */
final class Waveform {
  /** Samples a second. */
  static final int RATE = 8_000;

  /** Length: 0.8 seconds. */
  static final int SAMPLES = RATE * 8 / 10;

  private static final float MAX_SHORT = 32_768f;
  private static final float LEAST_GAIN = 0.3f;
  private static final float MOST_NOISE = 0.05f;

  private Waveform() {}

  /** Decodes a WAV file and puts it into the middle of silence. */
  static float[] centred(byte[] wav) throws IOException {
    float[] sound = decode(wav);
    return placed(sound, (SAMPLES - sound.length) / 2);
  }

  /** Decodes a WAV file and puts it, more or less loud, somewhere into noise. */
  static float[] disturbed(byte[] wav, Random random) throws IOException {
    float[] sound = decode(wav);
    float[] samples = placed(sound, random.nextInt(Math.max(1, SAMPLES - sound.length)));
    float gain = LEAST_GAIN + (1 - LEAST_GAIN) * random.nextFloat();
    float noise = MOST_NOISE * random.nextFloat();
    for (int i = 0; i < samples.length; i++) {
      samples[i] = gain * samples[i] + noise * (float) random.nextGaussian();
    }
    return samples;
  }

  /** What is longer than a waveform is cut at the end. */
  private static float[] placed(float[] sound, int start) {
    float[] samples = new float[SAMPLES];
    int from = Math.max(0, start);
    System.arraycopy(sound, 0, samples, from, Math.min(sound.length, SAMPLES - from));
    return samples;
  }

  private static float[] decode(byte[] wav) throws IOException {
    AudioFormat linear = new AudioFormat(RATE, Short.SIZE, 1, true, false);
    try (AudioInputStream file = AudioSystem.getAudioInputStream(new ByteArrayInputStream(wav));
        AudioInputStream sound = AudioSystem.getAudioInputStream(linear, file)) {
      ShortBuffer values =
          ByteBuffer.wrap(sound.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
      float[] samples = new float[values.remaining()];
      for (int i = 0; i < samples.length; i++) {
        samples[i] = values.get(i) / MAX_SHORT;
      }
      return samples;
    } catch (UnsupportedAudioFileException e) {
      throw new IOException("a clip is no WAV file that Java can read", e);
    }
  }
}
