# The lines of summary.jq as tables. The codecs' limit and the others are told as how many times our CPU
# time they take, so that more than 1 is more than ours; "/limit" is how many times theirs we take.

def others: ["vips", "sharp", "magick", "gm", "pillow"];
def left($width): . + " " * ($width - length);
def right($width): " " * ($width - length) + .;
def fixed($digits):
	if . == null then "-" else
		(. * pow(10; $digits) | round | tostring)
		| "0" * ([$digits + 1 - length, 0] | max) + .
		| .[:-$digits] + "." + .[-$digits:]
	end;
def cells: map(right(9)) | add;

def head($title; $columns): ($title | left(32)) + ($columns | cells);
def row(values): (.task | left(32)) + ([.tools | values] | cells);

def times:
	.imgpl.cpu_ms, .imgpl.wall_ms, .imgpl.peak_mb | fixed(1);
def ratios:
	. as $tools
	| (.limit.of_ours | if . then 1 / . else . end), (others[] | $tools[.].of_ours) | fixed(2);
def sizes($quality): .imgpl[$quality].bytes / 1000 | fixed(1);
def likeness($quality):
	. as $tools | ("imgpl", others[]) | $tools[.][$quality].ssim | fixed(4);

head("CPU, A PICTURE"; ["ms", "wall ms", "peak MB", "/limit"] + others),
(.[] | row(times, ratios)),
(("q80", "q100") as $quality
	| "",
	head("SSIM, \($quality)"; ["kB", "imgpl"] + others),
	(.[] | row(sizes($quality), likeness($quality))))
