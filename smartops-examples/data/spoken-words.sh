#!/usr/bin/env bash
# Speaks ten words in many voices, speeds and pitches with eSpeak NG and packs the clips.
# Needs espeak-ng 1.51, sox 14.4 and zip. Usage: spoken-words.sh <output folder>
# Writes spoken-words.zip: <train|test>/<word>/<voice>-<n>.wav, 8 kHz, 8-bit mu-law, one channel.
set -euo pipefail

target=$(realpath "$1")
clips=$(mktemp -d)
trap 'rm -rf "$clips"' EXIT

words=(yes no up down left right on off stop go)
accents=(en-us en-gb en-gb-scotland en-gb-x-rp en-029)
train_voices=(Alex Andrea Andy Annie AnxiousAndy Denis Diogo Gene Henrique Jacky Lee Marco Mario
  Michael Mike Nguyen Storm Tweaky UniRobot adam anika announcer antonio aunty belinda benjamin caleb
  croak david ed edward f1 f2 f3 f4 grandma grandpa gustave iven kaukovalta klatt klatt2 klatt4 m1 m2
  m3 m4 m5 m6 m7 marcelo michel pablo paul pedro robert sandro travis whisper zac)
train_takes=2
# No voice of the test is a variant of one of the training's.
test_voices=(Alicia Hugo boris linda max miguel norbert quincy rob shelby steph victor)
test_takes=3

# A number in [low, high] that follows from its name alone.
pick() { # name low high
  local hash
  hash=$(printf '%s' "spoken-words-1:$1" | sha256sum)
  echo $(($2 + 0x${hash:0:8} % ($3 - $2 + 1)))
}

speak() { # part voice word take
  local name="$2-$3-$4" folder="$clips/$1/$3" accent speed pitch
  accent=${accents[$(pick "accent $name" 0 $((${#accents[@]} - 1)))]}
  speed=$(pick "speed $name" 120 220)
  pitch=$(pick "pitch $name" 15 85)
  mkdir -p "$folder"
  espeak-ng -v "$accent+$2" -s "$speed" -p "$pitch" -w "$clips/raw.wav" "$3"
  # Cut the silence at both ends, so that what is stored is speech; no dither: repeatable.
  sox -D "$clips/raw.wav" -r 8000 -c 1 -e mu-law -b 8 "$folder/$2-$4.wav" \
    norm -3 silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse
  touch -d 2000-01-01T00:00:00Z "$folder/$2-$4.wav"
}

for part in train test; do
  declare -n voices="${part}_voices" takes="${part}_takes"
  for voice in "${voices[@]}"; do
    for word in "${words[@]}"; do
      for take in $(seq "$takes"); do speak "$part" "$voice" "$word" "$take"; done
    done
  done
done

rm -f "$target/spoken-words.zip"
cd "$clips"
find train test -name '*.wav' | LC_ALL=C sort | TZ=UTC zip -q -X -9 -@ "$target/spoken-words.zip"
