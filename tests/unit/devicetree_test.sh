#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The binding of dmaring's nodes passes the checks of dt-schema, and so do its
# examples; what it forbids is found; it names the properties that the driver
# reads, and the driver's match table is its list of compatibles. The example
# overlays compile without a warning, apply, and keep to the binding. Prints TAP.

set -u

# shellcheck source=tests/tap
. "$(dirname "$0")/../tap"

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
cd "$root" || exit 1
out=${B:-build}/tests/unit/devicetree
binding=packaging/dt/dmaring,device.yaml
rm -rf "$out"
mkdir -p "$out" || exit 1

# The driver and the binding, by their texts.
sed -n 's/.*"\(dmaring,[a-z-]*\)".*/\1/p' src/kernel/*.c | grep -vx -e dmaring,device -e dmaring,simulated |
	sort -u >"$out/read"
sed -n 's/^  \(dmaring,[a-z-]*\):.*/\1/p' $binding | sort -u | grep -v '^$' >"$out/named"
diff "$out/read" "$out/named" >"$out/log"
report "the binding has the properties that the driver reads ($(grep -c . "$out/read"))" "$out/log"
sed -n 's/.*\.compatible = "\(.*\)".*/\1/p' src/kernel/device.c | sort >"$out/read"
sed -n 's/^ *- const: \([a-z]*,[a-z_]*\)$/\1/p' $binding | sort >"$out/named"
diff "$out/read" "$out/named" >"$out/log"
report "the driver matches the binding's compatibles ($(grep -c . "$out/read"))" "$out/log"

if ! command -v dtc >/dev/null; then
	skip "overlays" "no dtc (device-tree-compiler)"
	tap_end
fi

# A board with the labels that the overlays look for.
cat >"$out/board.dts" <<'END'
/dts-v1/;
/ {
	#address-cells = <1>;
	#size-cells = <1>;
	compatible = "vendor,board";
	model = "board";
	intc: interrupt-controller@1000 {
		compatible = "arm,cortex-a9-gic";
		reg = <0x1000 0x100>, <0x2000 0x100>;
		interrupt-controller;
		#interrupt-cells = <3>;
	};
	clkc: clock-controller { compatible = "vendor,clock"; #clock-cells = <1>; };
	amba: axi { compatible = "simple-bus"; ranges; #address-cells = <1>; #size-cells = <1>; };
	dma: dma-controller@3000 { compatible = "vendor,a"; reg = <0x3000 0x100>; #dma-cells = <1>; };
	fpd_dma_chan1: dma-controller@4000 { compatible = "vendor,b"; reg = <0x4000 0x100>; #dma-cells = <1>; };
	fpd_dma_chan2: dma-controller@5000 { compatible = "vendor,b"; reg = <0x5000 0x100>; #dma-cells = <1>; };
};
END
dtc -q -@ -I dts -O dtb -o "$out/board.dtb" "$out/board.dts" || exit 1

overlays=$(ls examples/overlays/*.dtso)
: >"$out/log"
for overlay in $overlays; do
	name=$(basename "$overlay" .dtso)
	dtc -@ -I dts -O dtb -o "$out/$name.dtbo" "$overlay" 2>>"$out/log" ||
		echo "$overlay does not compile" >>"$out/log"
done
report "overlays compile without a warning ($(echo "$overlays" | grep -c .))" "$out/log"
: >"$out/log"
for overlay in $overlays; do
	name=$(basename "$overlay" .dtso)
	fdtoverlay -i "$out/board.dtb" -o "$out/$name.dtb" "$out/$name.dtbo" 2>>"$out/log" ||
		echo "$overlay does not apply" >>"$out/log"
	dtc -q -I dtb -O dts "$out/$name.dtb" 2>>"$out/log" | grep -q 'compatible = "dmaring,device"' ||
		echo "$overlay makes no device" >>"$out/log"
done
report "overlays apply to a board, and make a device" "$out/log"

if ! command -v dt-doc-validate >/dev/null || ! command -v dt-mk-schema >/dev/null; then
	skip "the binding, by dt-schema" "no dt-schema"
	tap_end
fi

# Where the kernel's tree would have it: its place is in its $id.
mkdir -p "$out/schemas/dma"
cp $binding "$out/schemas/dma/"
schema=$out/schemas/dma/$(basename $binding)
dt-doc-validate -u "$out/schemas" "$schema" >"$out/log" 2>&1 || echo "dt-doc-validate failed" >>"$out/log"
report "the binding is one, says dt-schema" "$out/log"
dt-mk-schema -j "$out/schemas" >"$out/schema.json" 2>"$out/log" || echo "dt-mk-schema failed" >>"$out/log"
report "dt-schema takes it" "$out/log"

# complaints FILE.dtb - of this binding's, not of what the board lacks; with any end of
# dt-validate that is not its own
complaints()
{
	dt-validate -s "$out/schema.json" "$1" >"$out/complaints" 2>&1
	! grep -q ^Traceback "$out/complaints" || echo "dt-validate died"
	grep -F dmaring,device.yaml "$out/complaints"
}

dt-extract-example "$schema" >"$out/example.dts" 2>"$out/log"
# The frame that dt-schema puts around each has cells that no child uses.
dtc -W no-avoid_unnecessary_addr_size -I dts -O dtb -o "$out/example.dtb" "$out/example.dts" >>"$out/log" 2>&1 ||
	echo "the examples do not compile" >>"$out/log"
report "its examples compile without a warning" "$out/log"
complaints "$out/example.dtb" >"$out/log"
report "its examples keep to it" "$out/log"
: >"$out/log"
for overlay in $overlays; do
	complaints "$out/$(basename "$overlay" .dtso).dtb" >>"$out/log"
done
report "overlays keep to it" "$out/log"

# wrong PROPERTIES - as lines of a node, by the binding
: >"$out/log"
tried=0
wrong()
{
	tried=$((tried + 1))
	cat >"$out/wrong.dts" <<END
/dts-v1/;
/ {
	#address-cells = <1>;
	#size-cells = <1>;
	compatible = "vendor,board";
	model = "board";
	dma: dma-controller@3000 { compatible = "vendor,a"; reg = <0x3000 0x100>; #dma-cells = <1>; };
	device { compatible = "dmaring,device"; $* };
};
END
	dtc -q -I dts -O dtb -o "$out/wrong.dtb" "$out/wrong.dts" || echo "does not compile: $*" >>"$out/log"
	complaints "$out/wrong.dtb" | grep -qi schema || echo "not found: $*" >>"$out/log"
}
channels='dmas = <&dma 0>; dma-names = "rx";'
wrong 'dmas = <&dma 0>;'
wrong 'dma-names = "rx";'
wrong "$channels dmaring,name = \"a/b\";"
wrong "$channels dmaring,name = \"a2345678901234567890123456789012\";"
wrong "$channels dmaring,directions = \"sideways\";"
wrong "$channels dmaring,width = <3>;"
wrong "$channels dmaring,burst = <8>;"
wrong "$channels dmaring,metadata-bytes = <8>;"
wrong "$channels dmaring,length-known = <1>;"
report "what it forbids is found ($tried nodes)" "$out/log"

tap_end
