# The lines of summary.jq as tables.

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

def ours: .imgpl.cpu_ms, .imgpl.wall_ms, .imgpl.peak_mb | fixed(1);
def ratios: . as $tools | ("codec", others[]) | $tools[.].of_ours | fixed(2);
def made($quality; what): . as $tools | ("imgpl", others[]) | $tools[.][$quality] | what;

"CPU is user and system time, a picture, medians; sharp is warm, in a process that stays, all others start",
"anew. Under codec and others: how many times our CPU time theirs is, so that above 1 we take less; codec is",
"the format\u0027s library alone, with the picture scaled beforehand.",
"",
head("CPU, MEMORY"; ["our ms", "wall ms", "peak MB", "codec"] + others),
(.[] | row(ours, ratios)),
"",
"SSIM is that of luma, against all pixels scaled by Lanczos; 1 is the same.",
(("q80", "q100") as $quality
	| "",
	head("SSIM AT \($quality)"; ["imgpl"] + others),
	(.[] | row(made($quality; .ssim | fixed(4)))),
	"",
	head("KB AT \($quality)"; ["imgpl"] + others),
	(.[] | row(made($quality; .bytes | if . then . / 1000 else . end | fixed(1)))))
