# imgpl-resize: what comes out looks right, and nothing is left behind where nothing can come out.
load helper

setup_file() {
	compile peak.c peak
	compile fixtures/bad_picture.c bad_picture -lz
	compile fixtures/profile.c profile -llcms2 -lm
	compile fixtures/png_types.c png_types -lpng
}

# How much two pictures of one size differ, 0 to 1, as ImageMagick sees them.
difference() { # difference FILE FILE
	compare -metric RMSE "$1" "$2" null: 2>&1 | sed 's/.*(\(.*\)).*/\1/'
}

expect_alike() { # expect_alike MOST EXPECTED FOUND
	local differ

	expect_same "$(identify -format '%wx%h' "$2[0]")" "$(identify -format '%wx%h' "$3[0]")"
	differ=$(difference "$2[0]" "$3[0]")
	awk "BEGIN { exit !($differ <= $1) }" || fail "$3 differs from $2 by $differ, more than $1"
}

expect_unlike() { # expect_unlike LEAST FILE FILE
	local differ

	differ=$(difference "$2" "$3")
	awk "BEGIN { exit !($differ >= $1) }" || fail "$3 differs from $2 by $differ only: this shows nothing"
}

size_of() { # size_of FILE
	identify -format '%wx%h' "$1"
}

# Nothing is in the store but what is named.
expect_outputs() { # expect_outputs [FILE]...
	local IFS=$'\n'

	expect_same "$*" "$(find processed ! -type d 2>/dev/null | LC_ALL=C sort)"
}

@test "the eight orientations come out upright in all three formats" {
	picture upright.png 48x32
	turns=(- '' -flop '-rotate 180' -flip -transpose '-rotate 270' -transverse '-rotate 90')
	for turn in 1 2 3 4 5 6 7 8; do
		# shellcheck disable=SC2086
		convert upright.png ${turns[$turn]} +repage -quality 95 $turn.png
		convert $turn.png -quality 95 -sampling-factor 1x1 $turn.jpg
		cwebp -quiet -lossless $turn.png -o $turn.webp
		echo "-n -q -overwrite_original -Orientation=$turn $turn.jpg $turn.png $turn.webp -execute"
	done | tr ' ' '\n' >arguments
	exiftool -@ arguments
	for format in jpg png webp; do
		records 1.$format 2.$format 3.$format 4.$format 5.$format 6.$format 7.$format 8.$format
	done >in
	try_sh 'imgpl-validate in | imgpl-resize --rendition=main=1024x1024,quality=95'
	expect_status 0
	expect_same "$(printf '%s\n' {1..8} {1..8} {1..8})" "$(jq .image.orientation <<<"$output")"
	expect_json '[48,32]' 'select(.key == "6.png") | [.renditions[0].width,.renditions[0].height]'
	expect_unlike 0.15 upright.png 2.png
	for turn in 1 2 3 4 5 6 7 8; do
		expect_alike 0.001 upright.png processed/main/$turn.png
		expect_alike 0.06 upright.png processed/main/$turn.jpg
		expect_alike 0.06 upright.png processed/main/$turn.webp
	done
	expect_same '' "$(exiftool -q -s3 -Orientation processed/main/*)"
}

@test "a turned picture is cropped and scaled as it is seen" {
	picture upright.png 64x32
	convert upright.png -rotate 270 +repage turned.png
	exiftool -q -overwrite_original -n -Orientation=6 turned.png
	try imgpl-resize --rendition=a=32x32 --rendition=b=20x16,fit=cover --rendition=c=x8 < <(records upright.png turned.png)
	expect_status 0
	expect_same 32x16 "$(size_of processed/a/turned.png)"
	for name in a b c; do
		expect_alike 0.01 processed/$name/upright.png processed/$name/turned.png
	done
}

@test "a Display P3 picture comes out in the right colours" {
	"$BATS_FILE_TMPDIR/profile" p3 >p3.icc
	"$BATS_FILE_TMPDIR/profile" srgb >srgb.icc
	convert -size 64x48 gradient:red-lime plain.png
	convert plain.png -profile p3.icc p3.png
	convert plain.png -quality 97 -sampling-factor 1x1 -profile p3.icc p3.jpg
	cwebp -quiet -lossless -metadata icc p3.png -o p3.webp
	convert p3.png -profile srgb.icc -strip right.png
	expect_unlike 0.02 plain.png right.png
	try imgpl-resize --rendition=main=64x48,format=png < <(records p3.png p3.jpg p3.webp)
	expect_status 0
	expect_alike 0.004 right.png processed/main/p3.png
	expect_alike 0.02 right.png processed/main/p3.jpg.png
	expect_alike 0.004 right.png processed/main/p3.webp.png
	try imgpl-resize --linear --rendition=linear=64x48,format=png < <(records p3.png p3.jpg)
	expect_alike 0.004 right.png processed/linear/p3.png
	expect_alike 0.02 right.png processed/linear/p3.jpg.png
	expect_same '' "$(exiftool -q -s3 -ICC_Profile:all processed/main/*)"
}

@test "a CMYK picture comes out in the right colours, with and without a profile" {
	"$BATS_FILE_TMPDIR/profile" cmyk >cmyk.icc
	"$BATS_FILE_TMPDIR/profile" srgb >srgb.icc
	convert -size 64x48 gradient:orange-navy -colorspace CMYK -quality 97 -sampling-factor 1x1 plain.jpg
	convert plain.jpg -quality 97 -sampling-factor 1x1 -profile cmyk.icc inks.jpg
	expect_same CMYK "$(identify -format %r inks.jpg | sed 's/DirectClass \?//; s/ *$//')"
	convert plain.jpg -colorspace sRGB right-plain.png
	convert inks.jpg -profile srgb.icc -strip right-inks.png
	expect_unlike 0.04 right-plain.png right-inks.png
	try imgpl-resize --rendition=main=64x48,format=png < <(records plain.jpg inks.jpg)
	expect_status 0
	expect_alike 0.02 right-plain.png processed/main/plain.jpg.png
	expect_alike 0.02 right-inks.png processed/main/inks.jpg.png
	try imgpl-resize --linear --rendition=linear=64x48,format=png < <(records plain.jpg inks.jpg)
	expect_alike 0.02 right-plain.png processed/linear/plain.jpg.png
	expect_alike 0.02 right-inks.png processed/linear/inks.jpg.png
	try imgpl-resize --rendition=jpeg=64x48,quality=95 < <(records inks.jpg)
	expect_status 0
	expect_in sRGB "$(identify processed/jpeg/inks.jpg)"
}

@test "gray, progressive and unusually sampled JPEGs come out right" {
	convert -size 64x48 -seed 1 plasma:red-blue source.png
	convert source.png -colorspace Gray -quality 95 gray.jpg
	convert source.png -interlace JPEG -quality 95 progressive.jpg
	convert source.png -sampling-factor 4x1 -quality 95 wide.jpg
	convert source.png -sampling-factor 1x2 -quality 95 tall.jpg
	convert source.png -define jpeg:arithmetic-coding=true -quality 95 arithmetic.jpg
	convert source.png -set colorspace RGB -colorspace RGB -define jpeg:colorspace=RGB -quality 95 other.jpg
	for name in gray progressive wide tall arithmetic other; do
		records $name.jpg
	done >in
	try imgpl-resize --rendition=main=64x48,format=png in
	expect_status 0
	for name in gray progressive wide tall arithmetic other; do
		convert $name.jpg -colorspace sRGB $name.png
		expect_alike 0.03 $name.png processed/main/$name.jpg.png
	done
	expect_in Gray "$(identify processed/main/gray.jpg.png)"
}

@test "PNGs of every type come out right" {
	mapfile -t names < <("$BATS_FILE_TMPDIR/png_types")
	expect_same 52 "${#names[@]}"
	try imgpl-resize < <(records "${names[@]}")
	expect_status 0
	for behind in white black; do
		convert "${names[@]}" -background $behind -alpha remove -colorspace sRGB -append -depth 8 expected.ppm
		convert "${names[@]/#/processed/main/}" -background $behind -alpha remove -colorspace sRGB -append -depth 8 found.ppm
		peak=$(compare -metric PAE expected.ppm found.ppm null: 2>&1 | sed 's/.*(\(.*\)).*/\1/') || true
		awk "BEGIN { exit !($peak <= 0.012) }" || fail "a sample differs by $peak before $behind"
	done
	for kind in rgb-8-key palette-2-key gray-1-key gray-16-key-interlaced gray-alpha-8 rgb-alpha-16; do
		expect_same false "$(identify -format '%[opaque]' processed/main/$kind.png | tr A-Z a-z)"
	done
}

@test "a transparent picture gets no dark fringe" {
	convert -size 64x64 xc:'rgba(0,0,0,0)' -fill white -draw 'circle 31.5,31.5 31.5,8' disc.png
	cwebp -quiet -lossless -exact disc.png -o disc.webp
	try imgpl-resize --rendition=png=13x13,format=png --rendition=webp=13x13,format=webp,quality=100 \
		--rendition=jpeg=13x13,format=jpeg,quality=100 < <(records disc.png disc.webp)
	expect_status 0
	for file in processed/png/disc.png processed/png/disc.webp.png; do
		# White wherever anything can be seen.
		least=$(convert "$file" -colorspace sRGB -type TrueColorAlpha -depth 8 rgba:- | od -An -v -tu1 -w4 |
			awk '$4 > 2 && (n == "" || $1 < n) { n = $1 } END { print n + 0 }')
		[ "$least" -ge 250 ] || fail "$file: white falls to $least"
		expect_same 0,1 "$(convert "$file" -format '%[fx:p{0,0}.a],%[fx:p{6,6}.a]' info:)"
	done
	for file in processed/webp/disc.png.webp processed/jpeg/disc.png.jpg processed/jpeg/disc.webp.jpg; do
		least=$(convert "$file" -background white -alpha remove -format '%[fx:int(minima*255)]' info:)
		[ "$least" -ge 250 ] || fail "$file: white falls to $least before white"
	done
	try imgpl-resize --background=#0000ff --rendition=blue=13x13,format=jpeg,quality=100 < <(records disc.png)
	expect_status 0
	expect_same 1 "$(convert processed/blue/disc.png.jpg -format '%[fx:p{0,0}.b>0.95&&p{0,0}.r<0.05]' info:)"
	expect_same 1 "$(convert processed/blue/disc.png.jpg -format '%[fx:p{6,6}.b>0.95&&p{6,6}.r>0.95]' info:)"
}

@test "GPS and other metadata are gone unless they are asked for" {
	picture a.jpg
	picture a.png
	picture a.webp
	exiftool -q -overwrite_original -n -Orientation=1 -GPSLatitude=52.5 -GPSLatitudeRef=N -GPSLongitude=13.4 -GPSLongitudeRef=E \
		-Make=SECRETMAKE -SerialNumber=SECRETSERIAL -XMP:Creator=SECRETCREATOR -Artist=Ann -Copyright='(c) Ann' a.jpg a.png a.webp
	records a.jpg a.png a.webp >in
	try imgpl-resize in
	expect_status 0
	for file in processed/main/*; do
		expect_same '' "$(exiftool -q -s3 -GPS:all -Make -SerialNumber -XMP:all -Copyright -Artist "$file")"
		run grep -aqE 'SECRET|Exif|http://ns.adobe' "$file"
		expect_status 1
	done
	try imgpl-resize --keep=copyright --rendition=kept=1024x1024 in
	expect_status 0
	for file in processed/kept/*; do
		expect_same $'Ann\n(c) Ann' "$(exiftool -q -s3 -Artist -Copyright "$file")"
		expect_same '' "$(exiftool -q -s3 -GPS:all -Make -SerialNumber "$file")"
		run grep -aq SECRET "$file"
		expect_status 1
	done
	try imgpl-resize --keep=all --rendition=all=1024x1024 in
	expect_status 0
	for file in processed/all/*; do
		expect_same $'SECRETMAKE\n52.5' "$(exiftool -n -q -s3 -Make -GPSLatitude "$file")"
	done
}

@test "what is kept of a turned picture says that it is upright" {
	picture a.jpg
	exiftool -q -overwrite_original -n -Orientation=6 -Make=Someone a.jpg
	try imgpl-resize --keep=all < <(records a.jpg)
	expect_status 0
	expect_same 16x24 "$(size_of processed/main/a.jpg)"
	turned=$(exiftool -q -n -s3 -Orientation processed/main/a.jpg)
	[ "${turned:-1}" = 1 ] || fail "says $turned"
}

@test "a polyglot loses what is hidden in it" {
	picture a.jpg
	picture a.png
	convert a.jpg -set comment '<script>alert(1)</script>' b.jpg
	echo '<script>alert(1)</script><?php system("id"); ?>' | tee -a b.jpg a.png >/dev/null
	try imgpl-resize --keep=copyright < <(records b.jpg a.png)
	expect_status 0
	run grep -aqE 'script|php' processed/main/b.jpg processed/main/a.png
	expect_status 1
}

@test "every rendition that is asked for is made, and the record tells of it" {
	picture a.jpg 400x300
	try imgpl-resize --rendition=main=200x200 --rendition=thumb=50x50,fit=cover,format=webp \
		--rendition=box=80x80,fit=contain,format=png,quality=70 < <(records a.jpg)
	expect_status 0
	expect_json '["processed/main/a.jpg","main","processed/main/a.jpg",200,150,"jpeg","image/jpeg"]' \
		'[.processed_key] + (.renditions[0] | [.name,.key,.width,.height,.format,.content_type])'
	expect_json '["thumb","processed/thumb/a.jpg.webp",50,50,"webp","image/webp"]' '.renditions[1] | [.name,.key,.width,.height,.format,.content_type]'
	expect_json '["box","processed/box/a.jpg.png",80,80,"png","image/png"]' '.renditions[2] | [.name,.key,.width,.height,.format,.content_type]'
	expect_outputs processed/box/a.jpg.png processed/main/a.jpg processed/thumb/a.jpg.webp
	for rendition in 0 1 2; do
		file=$(jq -r ".renditions[$rendition].key" <<<"$output")
		expect_same "$(jq -r ".renditions[$rendition] | \"\(.width)x\(.height) \(.format) \(.bytes)\"" <<<"$output")" \
			"$(identify -format '%wx%h %m' "$file" | tr A-Z a-z) $(wc -c <"$file")"
	done
}

@test "pictures fit inside, cover or are contained, and never grow unless told" {
	convert -size 90x60 gradient:red-blue a.png
	fits() { # fits SETTINGS SIZE [OPTION]...
		try imgpl-resize --rendition=r="$1" "${@:3}" < <(records a.png)
		expect_status 0
		expect_same "$2" "$(size_of processed/r/a.png)"
	}
	fits 45x45 45x30
	fits 30x 30x20
	fits x30 45x30
	fits 1000x30 45x30
	fits 1024x1024 90x60
	fits 1024x1024 1024x683 --enlarge
	fits 20x20,fit=cover 20x20
	fits 1x1000,fit=inside 1x1
	fits 45x45,fit=contain 45x45
	expect_same 1 "$(convert processed/r/a.png -format '%[fx:p{22,2}.r*p{22,2}.g*p{22,2}.b]' info:)"
	fits 200x200,fit=contain 200x200
	fits 200x200,fit=cover 90x60
	fits 200x200,fit=cover 200x200 --enlarge
}

@test "covering cuts off both ends evenly" {
	convert -size 30x10 xc:red -fill lime -draw 'rectangle 10,0 19,9' -fill blue -draw 'rectangle 20,0 29,9' a.png
	try imgpl-resize --rendition=r=10x10,fit=cover < <(records a.png)
	expect_status 0
	convert -size 10x10 xc:lime expected.png
	expect_alike 0.001 expected.png processed/r/a.png
}

@test "a size that is scaled down keeps means and edges" {
	convert -size 400x300 -seed 1 plasma:red-blue a.png
	convert a.png -filter Lanczos -resize 100x75 expected.png
	try imgpl-resize --rendition=r=100x100 < <(records a.png)
	expect_status 0
	expect_alike 0.02 expected.png processed/r/a.png
}

@test "quality makes files smaller" {
	convert -size 200x150 -seed 1 plasma:red-blue -blur 0x1 a.png
	for format in jpeg webp; do
		try imgpl-resize --rendition=low=200x200,format=$format,quality=20 --rendition=high=200x200,format=$format,quality=95 < <(records a.png)
		expect_status 0
		expect_json true '.renditions[0].bytes * 2 < .renditions[1].bytes'
	done
}

@test "effort makes files smaller" {
	convert -size 200x150 -seed 1 plasma:red-blue -blur 0x1 a.png
	for format in png webp; do
		try imgpl-resize --rendition=low=200x200,format=$format,effort=0 --rendition=some=200x200,format=$format \
			--rendition=high=200x200,format=$format,effort=6 < <(records a.png)
		expect_status 0
		expect_json true '.renditions | map(.bytes) | .[0] > .[1] and .[0] > .[2]'
	done
}

@test "linear light keeps the brightness that is seen from afar" {
	convert -size 400x400 pattern:gray50 -alpha off a.png
	convert a.png -set colorspace sRGB b.webp
	convert a.png -quality 100 -sampling-factor 1x1 c.jpg
	try imgpl-resize --linear --rendition=r=50x50 < <(records a.png b.webp c.jpg)
	expect_status 0
	for made in processed/r/*; do
		# half the light is 188 of 255
		expect_same true "$(convert "$made" -crop 30x30+10+10 -format '%[fx:abs(mean*255-188)<2]' info: | sed 's/1/true/')"
	done
	try imgpl-resize --rendition=r=50x50 < <(records a.png)
	expect_same true "$(convert processed/r/a.png -format '%[fx:abs(mean*255-128)<2]' info: | sed 's/1/true/')"
}

@test "linear light gives what ImageMagick gives, transparency included" {
	convert -size 300x200 -seed 1 plasma:red-blue a.jpg
	convert -size 300x200 -seed 1 plasma:yellow-black \( -size 300x200 gradient:white-gray20 \) -alpha off \
		-compose CopyOpacity -composite b.png
	for name in a.jpg b.png; do
		convert $name -colorspace RGB -filter Lanczos -resize 75x50 -colorspace sRGB expected.png
		try imgpl-resize --linear --rendition=r=75x75,quality=100 < <(records $name)
		expect_status 0
		expect_alike 0.02 expected.png processed/r/$name
	done
}

@test "kernels differ in sharpness, and an unknown one is misuse" {
	convert -size 16x16 xc:black -fill white -draw 'rectangle 8,0 15,15' a.png
	for kernel in lanczos3 lanczos2 cubic mitchell linear box; do
		try imgpl-resize --enlarge --kernel=$kernel --rendition=$kernel=64x64 < <(records a.png)
		expect_status 0
	done
	# nearest: only black and white; a triangle: nothing beyond its edges
	expect_same 2 "$(identify -format %k processed/box/a.png)"
	expect_same 64x64 "$(size_of processed/linear/a.png)"
	expect_unlike 0.01 processed/mitchell/a.png processed/lanczos3/a.png
	expect_unlike 0.005 processed/cubic/a.png processed/lanczos3/a.png
	try imgpl-resize --kernel=sharp </dev/null
	expect_status 2
	expect_in lanczos3 "$stderr"
}

@test "progressive JPEGs are written on demand, and look the same" {
	picture a.png 300x200
	try imgpl-resize --rendition=r=150x150,format=jpeg,quality=90 < <(records a.png)
	cp processed/r/a.png.jpg plain.jpg
	try imgpl-resize --progressive --rendition=r=150x150,format=jpeg,quality=90 < <(records a.png)
	expect_same None "$(identify -format '%[interlace]' plain.jpg)"
	expect_same JPEG "$(identify -format '%[interlace]' processed/r/a.png.jpg)"
	expect_alike 0.0001 plain.jpg processed/r/a.png.jpg
}

@test "chroma has the full size from quality 90 on" {
	convert -size 300x200 -seed 1 plasma:red-blue a.jpg
	convert -size 300x200 -seed 1 plasma:red-blue b.png
	try imgpl-resize --rendition=low=150x150,format=jpeg,quality=89 \
		--rendition=high=150x150,format=jpeg,quality=90 < <(records a.jpg b.png)
	expect_status 0
	for name in a.jpg b.png.jpg; do
		expect_same 2x2,1x1,1x1 "$(identify -format '%[jpeg:sampling-factor]' processed/low/$name)"
		expect_same 1x1,1x1,1x1 "$(identify -format '%[jpeg:sampling-factor]' processed/high/$name)"
	done
}

@test "a rendition that makes no sense is misuse" {
	for wrong in main main=10 main=0x10 main=x main=10x10x10 main=10x10,fit=outside main=10x10,format=gif main=10x10,quality=0 \
		main=10x10,quality=101 main=10x10,effort=7 main=10x10,effort=-1 main=10x10,effort= main=10x10,wide=yes =10x10 a/b=10x10 ..=10x10 main=10x10, main=-1x10 main=1e3x10 ''; do
		try imgpl-resize --rendition="$wrong" </dev/null
		expect_status 2
		expect_in '--rendition' "$stderr"
	done
	try imgpl-resize --rendition=a=10x10 --rendition=a=20x20 </dev/null
	expect_status 2
	# shellcheck disable=SC2046
	try imgpl-resize $(seq -f '--rendition=r%.0f=10x10' 17) </dev/null
	expect_status 2
	# shellcheck disable=SC2046
	try imgpl-resize $(seq -f '--rendition=r%.0f=10x10' 16) </dev/null
	expect_status 0
	try imgpl-resize --keep=some </dev/null
	expect_status 2
	try imgpl-resize --background=pinkish </dev/null
	expect_status 2
}

@test "no two sources share an output" {
	sources=(a.jpg a.jpeg a.JPG a.png a.webp a.jpg.jpg a.png.jpg a.png.jpg.jpg a a.. a..jpg a.jpg. a.txt a.txt.jpg
		b/a.jpg 'a jpg' uploads/b.jpg .jpg a.jpeg.jpg jpg)
	number=10
	for source in "${sources[@]}"; do
		number=$((number + 1))
		mkdir -p "$(dirname "$source")"
		case $source in
		*.png) convert -size ${number}x10 xc:red "$source" ;;
		*.webp) convert -size ${number}x10 xc:red "webp:$source" ;;
		*) convert -size ${number}x10 xc:red "jpeg:$source" ;;
		esac
	done
	records "${sources[@]}" >in
	for format in jpeg png webp same; do
		setting=,format=$format
		[ $format != same ] || setting=
		try imgpl-resize -j 2 --rendition=$format=100x100$setting in
		expect_status 0
		expect_same ${#sources[@]} "$(jq -r .processed_key <<<"$output" | sort -u | wc -l)"
		expect_same ${#sources[@]} "$(find processed/$format -type f | wc -l)"
		number=10
		while read -r key; do
			number=$((number + 1))
			expect_same ${number}x10 "$(size_of "$key")"
		done < <(jq -r .processed_key <<<"$output")
	done
}

@test "keys keep their path and lose the prefix of uploads" {
	pictures uploads/u1/a.jpg uploads/u2/a.jpg other/a.jpg
	try imgpl-resize < <(records uploads/u1/a.jpg uploads/u2/a.jpg other/a.jpg)
	expect_status 0
	expect_outputs processed/main/other/a.jpg processed/main/u1/a.jpg processed/main/u2/a.jpg
	try imgpl-resize --in-prefix=other/ --out-prefix=made/of/ < <(records other/a.jpg)
	expect_status 0
	expect_json '"made/of/main/a.jpg"' .processed_key
	size_of made/of/main/a.jpg
}

@test "buckets keep their pictures apart" {
	picture one/a.jpg 20x10
	picture two/a.jpg 30x10
	try imgpl-resize --bucket=two <<<'{"bucket":"one","key":"a.jpg"}'$'\n''{"key":"a.jpg"}'
	expect_status 0
	expect_same 20x10 "$(size_of one/processed/main/a.jpg)"
	expect_same 30x10 "$(size_of two/processed/main/a.jpg)"
}

@test "a result is not made into a result again" {
	picture processed/main/a.jpg
	try imgpl-resize < <(records processed/main/a.jpg)
	expect_status 1
	expect_json '"Imgpl.Invalid"' .error.type
	expect_outputs processed/main/a.jpg
}

@test "an output that is there is replaced as a whole" {
	picture a.jpg 40x30
	try imgpl-resize < <(records a.jpg)
	ln processed/main/a.jpg before.jpg
	picture a.jpg 60x30
	try imgpl-resize < <(records a.jpg)
	expect_status 0
	expect_same 60x30 "$(size_of processed/main/a.jpg)"
	expect_same 40x30 "$(size_of before.jpg)"
}

@test "the same picture gives the same bytes" {
	convert -size 300x200 -seed 1 plasma:red-blue a.png
	for format in jpeg png webp; do
		imgpl-resize --rendition=one=100x100,format=$format --rendition=two=100x100,format=$format < <(records a.png) >out
		expect_same_file "$(jq -r .renditions[0].key out)" "$(jq -r .renditions[1].key out)"
	done
}

@test "pictures that break off anywhere are invalid, and leave nothing behind" {
	convert -size 120x90 -seed 1 plasma:red-blue whole.png
	convert whole.png whole.jpg
	convert whole.png -interlace JPEG progressive.jpg
	convert whole.png whole.webp
	cwebp -quiet -lossless whole.png -o lossless.webp
	for whole in whole.png whole.jpg progressive.jpg whole.webp lossless.webp; do
		bytes=$(wc -c <$whole)
		for part in 1 5 20 40 60 80 95 99; do
			head -c $((bytes * part / 100)) $whole >$part-$whole
			records $part-$whole
		done
	done >in
	try imgpl-resize in
	expect_status 1
	expect_same 40 "$(wc -l <<<"$output")"
	expect_same '' "$(jq -r 'select(.error.type != "Imgpl.Invalid") | .key' <<<"$output")"
	[ ! -e processed ]
}

@test "pictures with flipped bits come out or are invalid, and leave nothing torn behind" {
	convert -size 60x40 -seed 1 plasma:red-blue whole.png
	convert whole.png whole.jpg
	convert whole.png -interlace JPEG progressive.jpg
	convert whole.png -colorspace CMYK cmyk.jpg
	convert whole.png whole.webp
	cwebp -quiet -lossless whole.png -o lossless.webp
	cat >flip <<-'P'
		srand 7;
		for my $name (@ARGV) {
			open my $in, '<:raw', $name; local $/; my $whole = <$in>;
			for my $number (1 .. 60) {
				my $bytes = $whole;
				for (1 .. 1 + $number % 5) {
					my $at = $number % 3 ? rand length $bytes : rand 200;
					substr($bytes, $at, 1) ^= chr(1 << rand 8);
				}
				open my $out, '>:raw', "$number-$name"; print $out $bytes; close $out;
				print qq({"key":"$number-$name"}\n);
			}
		}
	P
	perl flip whole.png whole.jpg progressive.jpg cmyk.jpg whole.webp lossless.webp >in
	try_measured imgpl-resize --keep=all in
	[ "$status" -le 1 ] || fail "status $status: $stderr"
	expect_same 360 "$(wc -l <<<"$output")"
	expect_same '' "$(jq -r 'select(.error) | select(.error.type != "Imgpl.Invalid" and .error.type != "Imgpl.Limit") | .error' <<<"$output")"
	[ "$(jq -r 'select(.error) | .key' <<<"$output" | wc -l)" -gt 50 ]
	expect_same "$(jq -r 'select(.error | not) | .processed_key' <<<"$output" | LC_ALL=C sort)" \
		"$(find processed ! -type d | LC_ALL=C sort)"
	expect_peak 128
}

@test "bombs are refused before memory is taken" {
	for bomb in png-bomb webp-bomb jpeg-bomb; do
		"$BATS_FILE_TMPDIR/bad_picture" $bomb >$bomb
	done
	try_measured imgpl-resize < <(records png-bomb webp-bomb jpeg-bomb)
	expect_status 1
	expect_same 3 "$(jq -r 'select(.error.type == "Imgpl.Limit") | .key' <<<"$output" | wc -l)"
	expect_peak 64
	[ ! -e processed ]
}

@test "a picture that is larger than memory may be streams through where its format lets it" {
	needs_plain_build
	convert -size 6000x4000 gradient:red-blue -quality 85 big.jpg
	convert big.jpg -define png:compression-level=1 big.png
	convert big.jpg -define webp:method=0 big.webp
	for file in big.jpg big.png big.webp; do
		try_measured bash -c "ulimit -v 200000; exec imgpl-resize --rendition=main=300x300 --rendition=large=2000x2000" < <(records $file)
		expect_status 0
		expect_peak 32
	done
}

@test "of a progressive JPEG only what a small rendition shows is in memory" {
	needs_plain_build
	convert -size 6000x4000 gradient:red-blue -quality 85 -interlace JPEG big.jpg
	for size in 300 1500; do
		try_measured imgpl-resize --rendition=main=${size}x$size < <(records big.jpg)
		expect_status 0
		expect_peak $((size / 20))
	done
}

@test "a small result in linear light takes no more memory than a large one" {
	needs_plain_build
	convert -size 6000x4000 gradient:red-blue -quality 85 big.jpg
	for size in 10 1000; do
		try_measured imgpl-resize --linear --rendition=main=${size}x$size < <(records big.jpg)
		expect_status 0
		expect_peak 16
	done
}

@test "of many pictures only those in hand are in memory, and of these a few rows" {
	needs_plain_build
	convert -size 4000x3000 gradient:red-blue -quality 85 a.jpg
	for copy in $(seq 20); do cp a.jpg $copy.jpg; done
	try_measured imgpl-resize -j 4 < <(records {1..20}.jpg)
	expect_status 0
	expect_peak 16
}

@test "of a PNG no more than its compressed bytes are in memory" {
	needs_plain_build
	"$BATS_FILE_TMPDIR/bad_picture" png-noise >noise.png
	[ "$(stat -c %s noise.png)" -gt 20000000 ]
	try_measured imgpl-resize < <(records noise.png)
	expect_status 0
	expect_peak 32
}

@test "memory that is refused is an error or an end, never a crash" {
	needs_plain_build
	convert -size 3000x2000 -seed 1 plasma:red-blue -interlace JPEG progressive.jpg
	convert progressive.jpg big.webp
	for limit in 20000 30000 40000 60000; do
		for file in progressive.jpg big.webp; do
			try bash -c "ulimit -v $limit; exec imgpl-resize" < <(records $file)
			[ "$status" -lt 128 ] || fail "status $status: $stderr"
			[ "$status" = 0 ] || [ -n "$stderr" ] || fail "silent failure with status $status"
			[ "$status" != 0 ] || identify "processed/main/$file"
			find processed -name '.imgpl*' 2>/dev/null | sed 's/.*/fail "left behind: &"/' | sh -e
			rm -rf processed
		done
	done
}

@test "each limit that validate has, resize has too" {
	convert -size 64x48 -seed 1 plasma: -interlace JPEG a.jpg
	for limit in --max-bytes=100 --max-pixels=3071 --max-scans=3 --min-side=49; do
		try imgpl-resize $limit < <(records a.jpg)
		expect_status 1
		expect_json '"Imgpl.Limit"' .error.type
	done
	[ ! -e processed ]
}

@test "a failure of one rendition leaves none of the others" {
	picture a.jpg
	mkdir -p processed/second/a.jpg
	try imgpl-resize --rendition=first=10x10 --rendition=second=20x20 < <(records a.jpg)
	expect_status 1
	expect_json '[null,"Imgpl.Invalid"]' '[.renditions,.error.type]'
	expect_outputs
}
