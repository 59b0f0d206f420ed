"use strict";
/** The chart of lifetimes; gives `lifetimes(findings)` and `legend()`. */
const chart = ({ data, make, byId, number, day, ending }) => {
  const DAY = 86400;
  const MANY = 24;
  const BAND = 22;
  const blank = (f) => !f.never && !f.dead && f.ends === null && f.issued === null && f.life === null;

  /* Lifetimes: a bar from issue to expiry. Many bars become thin ones, drawn as one path of each colour; many of which
     nothing is known become one band, so that the others can be told apart. */
  function span(finding, low, high) {
    const now = data.finished;
    const start = finding.issued;
    if (finding.never) return [["never", start ?? low, high], ...(start === null ? [["unknown", low, now]] : [])];
    if (finding.ends === null) {
      if (finding.dead) return start === null ? [["unknown", low, now]] : [["ended", start, now]];
      if (start === null && finding.life !== null) return [["unknown", Math.max(now - finding.life, low), Math.min(now + finding.life, high)]];
      return start === null ? [["unknown", low, high]] : [["bar", start, Math.max(now, start)], ["unknown", Math.max(now, start), high]];
    }
    const colour = finding.dead || finding.ends < now ? "ended" : "bar";
    const end = finding.dead ? Math.min(finding.ends, now) : finding.ends;
    if (start !== null) return [[colour, Math.min(start, end), end]];
    const known = Math.min(now, end);
    return [["unknown", low, known], ...(end > known ? [[colour, known, end]] : [])];
  }

  function lifetimes(drawn) {
    const rank = (f) => (f.never ? 3e12 : f.dead ? -1e12 + Math.min(f.ends ?? 0, data.finished) : f.ends === null ? 2e12 : f.ends);
    const shown = drawn.sort((a, b) => rank(b) - rank(a) || (a.issued ?? 0) - (b.issued ?? 0));
    const box = byId("lifetimes");
    if (!shown.length) { box.replaceChildren(make("p", { class: "caption" }, "Nothing to draw.")); return; }
    const now = data.finished;
    const starts = shown.map((f) => f.issued).filter((t) => t !== null);
    const ends = shown.map((f) => f.ends).filter((t) => t !== null);
    const low = Math.max(starts.reduce((a, b) => Math.min(a, b), now - 180 * DAY), now - 3 * 365 * DAY);
    const high = Math.min(ends.reduce((a, b) => Math.max(a, b), now + 180 * DAY), now + 2 * 365 * DAY) + 30 * DAY;
    const narrow = box.clientWidth < 520;
    const width = narrow ? 360 : 680;
    const blanks = shown.filter(blank).length;
    const rows = blanks > MANY ? shown.filter((f) => !blank(f)) : shown;
    const named = rows.length <= MANY;
    const left = named ? (narrow ? 118 : 200) : 4;
    const pitch = named ? 20 : Math.min(9, 440 / rows.length);
    const thick = named ? 10 : pitch > 3 ? pitch - 1.5 : pitch;
    const under = 8 + rows.length * pitch;
    const bottom = under + (blanks > MANY ? BAND + 24 : 0);
    const x = (t) => left + ((Math.min(Math.max(t, low), high) - low) / (high - low)) * (width - left - 2);
    const paths = { bar: [], never: [], ended: [], unknown: [] };
    const labels = [];
    rows.forEach((finding, n) => {
      const top = 6 + n * pitch + (pitch - thick) / 2;
      for (const [colour, from, to] of span(finding, low, high)) {
        const right = Math.max(x(to), x(from) + 1.5);
        const tip = colour === "never" && thick >= 6 ? thick / 2 : 0;
        const d = `M${x(from).toFixed(1)} ${top.toFixed(2)}H${(right - tip).toFixed(1)}` +
          (tip ? `l${tip} ${tip}l${-tip} ${tip}` : `v${thick.toFixed(2)}`) + `H${x(from).toFixed(1)}z`;
        paths[colour].push(d);
      }
      if (named) {
        const text = `${finding.kind} ${finding.redacted}`;
        const most = narrow ? 19 : 33;
        labels.push(make("svg:text", { class: "name", x: 0, y: top + 9 }, text.length > most ? text.slice(0, most - 1) + "…" : text));
      }
    });
    if (blanks > MANY) {
      const [from, to, top] = [x(low), x(high), under + 20];
      paths.unknown.push(`M${from.toFixed(1)} ${top}H${to.toFixed(1)}v${BAND}H${from.toFixed(1)}z`);
      labels.push(make("svg:text", { class: "name", x: from, y: top - 6 }, nothing(blanks)));
    }
    const svg = make("svg:svg", { viewBox: `0 0 ${width} ${bottom + 24}`, role: "img", "aria-label": spoken(shown) },
      make("svg:defs", {}, hatch("hatch")), ...ticks(low, high, x, bottom, narrow),
      make("svg:path", { class: "fill-ended", d: paths.ended.join("") }), make("svg:path", { class: "fill-bar", d: paths.bar.join("") }),
      make("svg:path", { class: "hatch-ground", d: paths.unknown.join("") }),
      make("svg:path", { fill: "url(#hatch)", d: paths.unknown.join("") }),
      make("svg:path", { class: "fill-never", d: paths.never.join("") }),
      make("svg:path", { class: "today", d: `M${x(now)} 0V${under}M${x(now)} ${Math.min(under + 20, bottom)}V${bottom}` }),
      make("svg:text", { class: "today-text", x: x(now), y: bottom + 16, "text-anchor": "middle" }, "Today"), ...labels);
    const caption = make("p", { class: "caption" }, spoken(shown));
    svg.addEventListener("pointermove", (event) => {
      const area = svg.getBoundingClientRect();
      const at = rows[Math.floor((((event.clientY - area.top) / area.height) * (bottom + 24) - 6) / pitch)];
      caption.textContent = at ? `${at.kind} ${at.redacted}: ${told(at)}` : spoken(shown);
    });
    svg.addEventListener("pointerleave", () => { caption.textContent = spoken(shown); });
    box.replaceChildren(svg, caption);
  }

  const nothing = (count) => `${number(count)} of which neither issue nor end is known`;

  function told(finding) {
    const start = finding.issued === null ? "issue unknown" : `issued ${day(finding.issued)}`;
    return `${start}, ${ending(finding)[0]}`;
  }

  function spoken(shown) {
    const never = shown.filter((f) => f.never && !f.dead).length;
    const unknown = shown.filter((f) => !f.never && f.ends === null && f.life === null && !f.dead).length;
    const ended = shown.filter((f) => f.dead || (f.ends !== null && f.ends < data.finished)).length;
    const rest = shown.length - never - unknown - ended;
    return `${number(never)} never expire, ${number(unknown)} with an unknown end, ${number(rest)} with an end to come, ${number(ended)} ended.`;
  }

  function hatch(id) {
    return make("svg:pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      make("svg:line", { class: "hatch", x1: 0, y1: 0, x2: 0, y2: 6 }));
  }

  function ticks(low, high, x, bottom, narrow) {
    const marks = [make("svg:line", { class: "axis", x1: x(low), x2: x(high), y1: bottom, y2: bottom })];
    const years = (high - low) / (365 * DAY);
    const months = years > 3 ? 12 : years > 1.2 ? 6 : years > 0.6 ? 3 : 1;
    const date = new Date(low * 1000);
    let at = new Date(Date.UTC(date.getUTCFullYear(), 0, 1));
    for (; at.getTime() / 1000 < high; at = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + (narrow ? Math.max(months, 6) : months), 1))) {
      const t = at.getTime() / 1000;
      const place = x(t);
      if (t < low) continue;
      marks.push(make("svg:line", { class: "axis", x1: place, x2: place, y1: 0, y2: bottom }));
      const room = Math.abs(place - x(data.finished)) > 56 && place - x(low) > 10 && x(high) - place > 24;
      if (room) marks.push(make("svg:text", { x: place, y: bottom + 16, "text-anchor": "middle" }, at.toISOString().slice(0, 7)));
    }
    return marks;
  }

  function legend() {
    const rows = [["fill-never", "never expires"], ["fill-bar", "ends"], ["fill-ended", "ended"], ["unknown", "unknown"]];
    byId("legend").append(...rows.map(([kind, text]) => make("li", {},
      make("svg:svg", { viewBox: "0 0 20 10", "aria-hidden": "true" }, ...(kind === "unknown"
        ? [make("svg:defs", {}, hatch("hatch-key")), make("svg:rect", { class: "hatch-ground", width: 20, height: 10, rx: 2 }),
          make("svg:rect", { fill: "url(#hatch-key)", width: 20, height: 10, rx: 2 })]
        : [make("svg:rect", { class: kind, width: 20, height: 10, rx: 2 })])), text)));
  }

  return { lifetimes, legend };
};
