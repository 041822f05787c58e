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

  /** Noise is drawn so that each power of ten in this range is as likely as the others. */
  private static final double LEAST_NOISE = 1e-4;

  private static final double MOST_NOISE = 3e-2;

  /** The most that a clip is slowed down, and lowered in pitch, or the opposite. */
  private static final float MOST_STRETCH = 0.25f;

  private Waveform() {}

  /** Decodes a WAV file and puts it into the middle of silence. */
  static float[] centred(byte[] wav) throws IOException {
    float[] sound = decode(wav);
    return placed(sound, (SAMPLES - sound.length) / 2);
  }

  /** Decodes a WAV file and puts it, faster or slower, more or less loud, somewhere into noise. */
  static float[] disturbed(byte[] wav, Random random) throws IOException {
    float[] sound = stretched(decode(wav), 1 + MOST_STRETCH * (2 * random.nextFloat() - 1));
    float[] samples = placed(sound, random.nextInt(Math.max(1, SAMPLES - sound.length)));
    float gain = LEAST_GAIN + (1 - LEAST_GAIN) * random.nextFloat();
    double noise = LEAST_NOISE * Math.pow(MOST_NOISE / LEAST_NOISE, random.nextDouble());
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) (gain * samples[i] + noise * random.nextGaussian());
    }
    return samples;
  }

  /** Interpolates between samples, so that there are {@code factor} times as many. */
  private static float[] stretched(float[] sound, float factor) {
    float[] samples = new float[(int) ((sound.length - 1) * factor)];
    for (int i = 0; i < samples.length; i++) {
      float at = i / factor;
      int before = (int) at;
      float share = at - before;
      samples[i] = (1 - share) * sound[before] + share * sound[before + 1];
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
