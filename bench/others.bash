# shellcheck shell=bash disable=SC2034,SC2154 # these belong to bench/resize
# The command of each resizer: command_TOOL SIZE INPUT... sets `command` to what makes a picture of at
# most SIZE x SIZE of each input, at `quality`, in `format`, where result() says; and others has those
# that are here. Each has as many threads as it takes by default.

others=()
! command -v vipsthumbnail >/dev/null || others+=(vips)
! command -v mogrify >/dev/null || others+=(magick)
! command -v gm >/dev/null || others+=(gm)
for python in python3 /usr/bin/python3; do
	if "$python" -c 'import PIL' 2>/dev/null; then
		others+=(pillow)
		break
	fi
done
if [ -d "$bench/../build/bench/node_modules/sharp" ]; then
	others+=(sharp)
	cp "$bench/sharp.mjs" "$bench/../build/bench/"
	coproc sharp { exec node "$bench/../build/bench/sharp.mjs"; }
fi

is_slow() { # is_slow TOOL
	case $1 in magick | gm | pillow) return 0 ;; *) return 1 ;; esac
}

result() { # result INPUT SIZE: where the tool in hand puts it
	local name=${1##*/}

	if [ "$tool" = imgpl ]; then
		echo "$pictures/processed/$2/${1#"$pictures/"}"
	else
		echo "$work/$tool/$2/${name%.*}.$format"
	fi
}

command_imgpl() {
	local size

	command=(imgpl-resize "--store=file:$pictures" -j "$workers")
	for size in "${sizes[@]}"; do
		command+=("--rendition=$size=${size}x$size,quality=$quality")
	done
	command+=("$work/records")
}

# What the codec's library takes alone.
command_codec() {
	local input

	case $format in
	jpg)
		command=(codec-jpeg "$quality" "$1")
		for input in "${@:2}"; do
			command+=("$input" "$(reference "$input" "$1").planes" "$(result "$input" "$1")")
		done
		;;
	webp)
		read -ra size < <(identify -format '%w %h\n' "$(reference "$2" "$1").ppm")
		command=(codec-webp "$quality" "${size[@]}" "$2" "$(reference "$2" "$1").planes"
			"$(result "$2" "$1")")
		;;
	esac
}

command_vips() {
	local options="strip,Q=$quality"

	[ "$format" != png ] || options="strip"
	command=(vipsthumbnail -s "$1x$1" -o "$work/vips/$1/%s.${format}[$options]" "${@:2}")
}

# To these two, quality is for a PNG how to compress it, and its default is 75. They shrink a JPEG while
# they decode it if they are told for which size; it is to have 1.9 times the pixels of the result each
# way, as ours has.
compression() {
	[ "$format" = png ] && echo 75 || echo "$quality"
}

size_hint() { # size_hint SIZE INPUT
	identify -format '%[fx:ceil(w*1.9)]x%[fx:ceil(h*1.9)]' "$(reference "$2" "$1").ppm"
}

command_magick() {
	command=(mogrify -path "$work/magick/$1" -define "jpeg:size=$(size_hint "$1" "$2")"
		-resize "$1x$1" -strip -quality "$(compression)" "${@:2}")
}

command_gm() {
	local names=("${@:2}")

	command=(env -C "${2%/*}" gm mogrify -output-directory "$work/gm/$1"
		-size "$(size_hint "$1" "$2")" -resize "$1x$1" +profile '*'
		-quality "$(compression)" "${names[@]##*/}")
}

command_pillow() {
	local input

	command=("$python" "$bench/pillow.py" "$quality" "$1")
	for input in "${@:2}"; do
		command+=("$input" "$(result "$input" "$1")")
	done
}

# sharp is no command but a process that stays: it is asked, and answers with its figure.
ask_sharp() {
	local input size request

	request=$(for input in "${inputs[@]}"; do
		for size in "${sizes[@]}"; do
			printf '%s\t%s\t%s\n' "$input" "$size" "$(result "$input" "$size")"
		done
	done | jq -cRn --argjson quality "$quality" --argjson parallel "$workers" '
		{$quality, $parallel, pictures: ([inputs / "\t"] | group_by(.[0])
			| map({in: .[0][0], renditions: map({size: .[1] | tonumber, out: .[2]})}))}')
	echo "$request" >&"${sharp[1]}"
	read -r figure <&"${sharp[0]}"
}
