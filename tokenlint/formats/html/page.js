(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const DAY = 86400;
  const CHUNK = 100;
  const byId = (id) => document.getElementById(id);
  const number = new Intl.NumberFormat("en").format;
  const plural = (n, noun) => `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
  const day = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

  /** An element; everything given to it becomes text or an attribute, never markup. */
  function make(tag, attributes = {}, ...children) {
    const node = tag.startsWith("svg:") ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (key === "click") node.addEventListener("click", value);
      else node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((c) => c !== null && c !== undefined && c !== ""));
    return node;
  }

  function link(url) {
    if (!/^https?:\/\/[^\s]+$/.test(url) || !URL.canParse(url)) return null;
    return make("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, new URL(url).host);
  }

  /* What is shown: every filter is a key here; the list, chart and numbers follow it. */
  const state = { text: "", provider: "", agent: "", code: "", severities: new Set(), headline: null, cell: null, hidden: false };
  const findings = data.findings;
  const searched = findings.map((f) =>
    [f.kind, f.provider, f.redacted, f.fingerprint, ...f.places.flat(), ...f.violations.flat()].join("\n").toLowerCase());
  const members = new Map(data.headlines.map((h) => [h.id, new Set(h.members)]));
  let visible = [];
  let drawn = 0;

  function inCell(finding, cell) {
    if (cell === "unknown") return finding.grants === null;
    const [verb, breadth] = cell.split("/");
    return (finding.grants || []).some(([power, b]) => power.startsWith(verb + ":") && String(b) === breadth);
  }

  function matches(finding, at, except = "") {
    return (state.hidden || !finding.suppressed) &&
      (!state.text || state.text.split(/\s+/).every((word) => searched[at].includes(word))) &&
      (!state.provider || finding.provider === state.provider) &&
      (!state.agent || (finding.agents || []).some((a) => a[0] === state.agent)) &&
      (!state.code || finding.violations.some((v) => v[0] === state.code)) &&
      (!state.severities.size || state.severities.has(finding.severity)) &&
      (state.headline === null || members.get(state.headline).has(at)) &&
      (except === "cell" || state.cell === null || inCell(finding, state.cell));
  }

  function update() {
    visible = findings.flatMap((f, at) => (matches(f, at) ? [at] : []));
    const total = findings.filter((f) => state.hidden || !f.suppressed).length;
    byId("shown").textContent = visible.length === total
      ? plural(total, "credential") : `${number(visible.length)} of ${plural(total, "credential")}`;
    byId("list").replaceChildren();
    drawn = 0;
    draw(CHUNK);
    if (!visible.length) {
      const why = findings.length ? "No finding fits these filters." : data.verdict;
      byId("list").append(make("li", { class: "empty" }, why));
    }
    redraw();
    grid();
    for (const button of document.querySelectorAll("[data-pressed]")) {
      const [key, value] = button.dataset.pressed.split("=");
      const on = key === "severity" ? state.severities.has(Number(value)) : state[key] === value;
      button.setAttribute("aria-pressed", String(on));
    }
    const filtered = state.text || state.provider || state.agent || state.code || state.severities.size ||
      state.headline !== null || state.cell !== null;
    byId("reset").hidden = !filtered;
  }

  /* The list: rows come as they are needed, details when they are opened. */
  function draw(count) {
    const rows = visible.slice(drawn, drawn + count).map(row);
    byId("list").append(...rows);
    drawn += rows.length;
    const left = visible.length - drawn;
    byId("more").hidden = left <= 0;
    byId("more").textContent = left > 0 ? `${number(left)} more below` : "";
  }

  const lasting = (seconds) => seconds >= 2 * DAY ? plural(Math.round(seconds / DAY), "day")
    : seconds >= 5400 ? plural(Math.round(seconds / 3600), "hour") : plural(Math.round(seconds / 60), "minute");

  function ending(finding) {
    if (finding.dead) return ["ended", ""];
    if (finding.never) return ["never expires", "never"];
    if (finding.ends === null && finding.life !== null) return [`lives ${lasting(finding.life)}`, ""];
    if (finding.ends === null) return ["end unknown", "unsure"];
    return [(finding.ends < data.finished ? "ended " : "ends ") + day(finding.ends), ""];
  }

  function row(at) {
    const finding = findings[at];
    const severity = data.severities[finding.severity];
    const [end, tone] = ending(finding);
    const more = finding.count > 1 ? ` +${number(finding.count - 1)}` : "";
    const place = finding.places.length ? finding.places[0][0] + more : "";
    const panel = `details-${at}`;
    const button = make("button", { class: "head", type: "button", "aria-expanded": "false", "aria-controls": panel },
      make("span", { class: `badge ${severity}` }, severity),
      make("span", { class: "what" },
        make("b", {}, finding.kind), make("code", {}, finding.redacted),
        make("span", { class: "where mono", title: place }, make("bdi", { dir: "ltr" }, place))),
      make("span", { class: "side" },
        make("span", { class: "codes" }, finding.suppressed ? "suppressed" : finding.violations.map((v) => v[0]).join(" ")),
        make("span", { class: tone }, end)),
      make("span", { class: "mark", "aria-hidden": "true" }));
    const body = make("div", { class: "body", id: panel, hidden: true });
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") === "true";
      if (!open && !body.childElementCount) body.append(...details(finding));
      body.hidden = open;
      button.setAttribute("aria-expanded", String(!open));
    });
    return make("li", { class: "item" }, button, body);
  }

  const part = (title, node) => make("div", {}, make("h3", {}, title), node);

  function details(finding) {
    const parts = [];
    if (finding.suppressed) {
      const [by, reason, owner, until] = finding.suppressed;
      parts.push(part("Suppressed", make("p", {}, [`by ${by}`, reason, owner, until && `until ${until}`].filter(Boolean).join(" · "))));
    }
    if (finding.violations.length) {
      parts.push(part("What breaks least privilege", make("ul", { class: "violations" }, ...finding.violations.map(
        ([code, name, severity, message]) => make("li", {},
          make("span", { class: `tag ${data.severities[severity]}` }, code),
          make("span", {}, make("b", {}, name.replaceAll("-", " ")), ` (${data.severities[severity]}): `, message))))));
    }
    if (finding.fixes.length) parts.push(part("What to do, in order", make("ol", { class: "steps" }, ...finding.fixes.map(step))));
    parts.push(part(plural(finding.count, "place"), make("ul", { class: "places" }, ...finding.places.map(
      ([place, key, chain, tracked]) => make("li", {}, make("code", {}, place),
        make("span", {}, [key, chain, tracked].filter(Boolean).join(" · ")))))));
    if (finding.count > finding.places.length) {
      parts.at(-1).append(make("p", {}, `${plural(finding.count - finding.places.length, "more place")} in the JSON report`));
    }
    if (finding.factors.length) {
      parts.push(part("Why this severity", make("dl", { class: "factors" }, ...finding.factors.map(
        ([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))))));
    }
    parts.push(part("Who can reach it", make("ul", { class: "plainlist" }, ...reach(finding).map((t) => make("li", {}, t)))));
    if (finding.facts.length) parts.push(part("What is known, and who says so", facts(finding)));
    parts.push(make("p", { class: "codes" }, `${finding.fingerprint} · ${finding.confidence} confidence · status ${finding.status}`));
    return parts;
  }

  function reach(finding) {
    const named = (how) => finding.agents.filter((a) => a[1] === how).map((a) => a[0]);
    const agents = finding.agents === null ? ["Agents: not looked at"]
      : finding.agents.length ? [...new Set(finding.agents.map((a) => a[1]))].sort().map(
        (how) => `${plural(named(how).length, "agent")}, ${how.replaceAll("-", " ")}: ${named(how).join(", ")}`)
        : ["No agent was found that reads these places"];
    const readers = finding.readers === null ? "Other readers: not looked at" : `Readable by: ${finding.readers.join(", ") || "nobody known"}`;
    return [...agents, readers, `${plural(finding.copies, "copy").replace("copys", "copies")} of the value`];
  }

  function facts(finding) {
    const head = make("tr", {}, ...["Fact", "Value", "Origin", "Source"].map((t) => make("th", { scope: "col" }, t)));
    return make("table", { class: "facts" }, make("thead", {}, head), make("tbody", {}, ...finding.facts.map(
      ([field, value, origin, detail]) => make("tr", {}, make("td", {}, field), make("td", {}, value),
        make("td", {}, make("span", { class: "origin" }, origin)), make("td", {}, detail)))));
  }

  function step([text, codes, command, url]) {
    return make("li", {}, make("div", { class: "row" },
      make("span", {}, text), make("span", { class: "codes" }, codes.join(" ")), link(url),
      make("button", { type: "button", class: "small", "aria-label": `Copy: ${command || text}`, click: () => copy(command || text) },
        command ? "Copy command" : "Copy"),
      command ? make("pre", {}, command) : null));
  }

  async function copy(text) {
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      const area = make("textarea", { class: "visually-hidden", "aria-hidden": "true" });
      area.value = text;
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
    }
    byId("toast").textContent = done ? "Copied" : "Copying is not allowed here";
    setTimeout(() => { byId("toast").textContent = ""; }, 1600);
  }

  /* Powers by breadth: how many credentials hold a power so far-reaching; a click filters. */
  const WARM = new Set(["delete", "admin", "mint", "execute", "spend"]);

  function grid() {
    const focus = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.pressed : "";
    const pool = findings.filter((f, at) => matches(f, at, "cell"));
    const head = make("tr", {}, make("td", {}), ...data.breadths.map((b) => make("th", { scope: "col" }, b)));
    const rows = data.verbs.map((verb) => make("tr", {}, make("th", { scope: "row" }, verb), ...data.breadths.map((breadth, b) =>
      make("td", {}, cell(`${verb}/${b}`, pool, WARM.has(verb) ? (b >= 3 ? "hot" : "warm") : "", `${verb}, ${breadth}`)))));
    const last = make("tr", {}, make("th", { scope: "row" }, "unknown"),
      make("td", { colspan: data.breadths.length }, cell("unknown", pool, "unsure", "unknown powers")));
    byId("grid").replaceChildren(make("table", { class: "grid", "aria-labelledby": "grid-title" },
      make("thead", {}, head), make("tbody", {}, ...rows, last)));
    if (focus && focus.startsWith("cell=")) {
      const again = byId("grid").querySelector(`[data-pressed="${CSS.escape(focus)}"]`);
      if (again) again.focus();
    }
  }

  function cell(id, pool, tone, name) {
    const count = pool.reduce((n, f) => n + (inCell(f, id) ? 1 : 0), 0);
    if (!count) return make("span", { class: "none" }, "·");
    return make("button", { type: "button", class: `cell ${tone}`, "data-pressed": `cell=${id}`, "aria-pressed": String(state.cell === id),
      "aria-label": `${name}: ${plural(count, "credential")}`, click: () => toggle("cell", id) }, number(count));
  }

  function toggle(key, value) {
    state[key] = state[key] === value ? null : value;
    update();
  }

  /* Filters */
  function choice(key, label, values) {
    const select = make("select", { "aria-label": label, name: key }, make("option", { value: "" }, label),
      ...values.map((v) => make("option", { value: v }, v)));
    select.addEventListener("change", () => { state[key] = select.value; update(); });
    return select;
  }

  const distinct = (values) => [...new Set(values)].sort();

  function filters() {
    const search = make("input", { type: "search", placeholder: "Search kind, place, fingerprint", "aria-label": "Search", name: "text" });
    let timer = 0;
    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => { state.text = search.value.trim().toLowerCase(); update(); }, 120);
    });
    const levels = distinct(findings.map((f) => f.severity)).reverse();
    const chips = make("div", { class: "chips", role: "group", "aria-label": "Severity" }, ...levels.map((s) => make("button", {
      type: "button", class: "chip", "data-pressed": `severity=${s}`, "aria-pressed": "false",
      click: () => { state.severities.has(s) ? state.severities.delete(s) : state.severities.add(s); update(); } }, data.severities[s])));
    const parts = [search, choice("provider", "All providers", distinct(findings.map((f) => f.provider))),
      choice("agent", "All agents", distinct(findings.flatMap((f) => (f.agents || []).map((a) => a[0])))),
      choice("code", "All codes", distinct(findings.flatMap((f) => f.violations.map((v) => v[0])))), chips];
    const hidden = findings.filter((f) => f.suppressed).length;
    if (hidden) {
      const box = make("input", { type: "checkbox", name: "suppressed" });
      box.addEventListener("change", () => { state.hidden = box.checked; update(); });
      parts.push(make("label", { class: "check" }, box, `${number(hidden)} suppressed`));
    }
    parts.push(make("button", { type: "button", class: "plain", id: "reset", hidden: true, click: reset }, "Clear filters"));
    byId("filters").append(...parts);
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
  }

  function reset() {
    Object.assign(state, { text: "", provider: "", agent: "", code: "", headline: null, cell: null });
    state.severities.clear();
    for (const control of byId("filters").querySelectorAll("select, input[type=search]")) control.value = "";
    update();
    byId("filters").querySelector("input").focus();
  }

  /* The page */
  function top() {
    const audit = data.command === "audit";
    byId("title").textContent = audit ? "What could be used on this machine, right now" : "Credentials and what they may do";
    document.title = `tokenlint ${data.command}: ${data.verdict}`;
    byId("meta").textContent = [data.targets.slice(0, 4).join(", ") + (data.targets.length > 4 ? ` and ${data.targets.length - 4} more` : ""),
      `${new Date(data.finished * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`,
      data.live ? "issuers were asked" : "offline: issuers were not asked", `tokenlint ${data.version}`].filter(Boolean).join("  ·  ");
    if (!data.complete) {
      byId("alert").textContent = `This scan is incomplete. ${data.coverage}`;
      byId("alert").hidden = false;
    }
    byId("numbers").append(...data.headlines.map((h) => make("button", {
      type: "button", class: `number ${h.number && ["destructive", "backups", "never-expires"].includes(h.id) ? "bad" : h.id.startsWith("unknown") ? "unsure" : ""}`,
      "data-pressed": `headline=${h.id}`, "aria-pressed": "false", click: () => toggle("headline", h.id) },
    make("b", {}, number(h.number)), make("span", {}, h.text))));
    if (!findings.length) ["charts", "numbers", "filters"].forEach((id) => { byId(id).hidden = true; });
    rest("problems", data.problems.slice(0, 200).map(([path, reason]) => `${path}: ${reason}`), data.problems.length);
    rest("notes", data.notes, data.notes.length);
    byId("ruled").textContent = data.policy.length ? "Ruled by: " + data.policy.map(([path, revision, digest]) =>
      [path, revision, digest.slice(0, 19)].filter(Boolean).join(" ")).join("; ") : "";
  }

  function rest(id, rows, total) {
    if (!rows.length) return;
    byId(id).append(make("ul", { class: "plainlist" }, ...rows.map((r) => make("li", {}, r))));
    if (total > rows.length) byId(id).append(make("p", {}, `${number(total - rows.length)} more in the JSON report`));
    byId(id).hidden = false;
  }

  const { lifetimes, legend } = chart({ data, make, byId, number, day, ending });
  const redraw = () => lifetimes(visible.map((at) => findings[at]));

  top();
  legend();
  filters();
  update();
  new IntersectionObserver((entries) => {
    if (entries.some((e) => e.isIntersecting) && drawn < visible.length) draw(CHUNK);
  }, { rootMargin: "800px" }).observe(byId("more"));
  addEventListener("beforeprint", () => draw(visible.length));
  let wide = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== wide) { wide = innerWidth; redraw(); } });
})();
