/** Routers that nothing can be done on, and what is said of them. */
import { expect, test } from "@jest/globals";
import { inKernel, problems, why } from "./reading.ts";

inKernel(`a router that cannot be worked on${why}`, () => {
  test("is told all that is missing at once", () => {
    const bare =
      "mkdir /run/bin; for t in cat grep dash; do ln -s $(command -v $t) /run/bin/$t; done; PATH=/run/bin; export PATH";
    expect(problems(bare)).toEqual(
      ["ip", "iptables", "iptables-save", "iptables-restore"].map((tool) => ({ problem: "missing-tool", tool })),
    );
  });

  test("is told a missing part of iptables once", () => {
    const partly =
      'mkdir /run/bin; for t in cat grep dash ip iptables iptables-restore; do ln -s "$(command -v $t)" /run/bin/$t; done; PATH=/run/bin; export PATH; ' +
      "iptables -t nat -A OUTPUT -j ACCEPT";
    expect(problems(partly)).toEqual([{ problem: "missing-tool", tool: "iptables-save" }]);
  });

  test("is one without a tmpfs for its state", () => {
    const disk = "mount --bind /usr /run; for d in /dev/shm /tmp; do mount --bind /usr $d; done";
    expect(problems(disk)).toEqual([{ problem: "no-state-directory" }]);
  });

  test("is one where we are not root", () => {
    expect(problems('dash() { setpriv --reuid 65534 --clear-groups /usr/bin/env dash "$@"; }')).toEqual([
      { problem: "not-root", uid: "65534" },
    ]);
  });

  test.each([
    ["is somebody else's", "mkdir /run/multiwan; chown 65534 /run/multiwan"],
    ["is a link", "mkdir /run/x; ln -s /run/x /run/multiwan"],
    ["is a dead link", "ln -s /run/nowhere /run/multiwan"],
    ["is a file", "touch /run/multiwan"],
  ])("is one whose state directory %s", (_what, setup) => {
    expect(problems(setup)).toEqual([{ problem: "foreign-state-directory", path: "/run/multiwan" }]);
  });

  test.each(["ip", "iptables"])(
    "is one where %s does not tell its version: it would be taken for an old one",
    (tool) => {
      const wrapper = `mkdir /run/bin; printf '#!/bin/sh\\n[ "$1" = -V ] && { echo broken >&2; exit 3; }\\nexec %s "$@"\\n' $(command -v ${tool}) >/run/bin/${tool}; chmod +x /run/bin/${tool}; PATH=/run/bin:$PATH; export PATH`;
      expect(problems(wrapper)).toEqual([{ problem: "failed", command: `${tool} -V`, exitCode: 3 }]);
    },
  );

  test("is one where ip rule fails", () => {
    const wrapper = `mkdir /run/bin; printf '#!/bin/sh\\n[ "$1" = rule ] && exit 2\\nexec %s "$@"\\n' $(command -v ip) >/run/bin/ip; chmod +x /run/bin/ip; PATH=/run/bin:$PATH; export PATH`;
    expect(problems(wrapper)).toEqual([{ problem: "failed", command: "ip rule show", exitCode: 2 }]);
  });
});
