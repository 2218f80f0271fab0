"use strict";
(() => {
  const CHUNK = 250;
  const LINE_HEIGHT = 21;
  const FEW = 8;
  const MANY_CELLS = 60;
  const MOST_HEIGHT = 760;
  const PROTOCOL = "2026-01-26";
  const META = "pg-guardrails/review";
  const MARKS = { good: "✓", plain: "·", care: "!", bad: "✗" };
  const STANDINGS = {
    error: { tone: "bad", sign: "✗", word: "Error" },
    warning: { tone: "care", sign: "!", word: "Warning" },
    allowed: { tone: "plain", sign: "·", word: "Allowed" },
    hidden: { tone: "plain", sign: "·", word: "Turned off" },
  };
  const ACTIONS = { added: ["+", "good"], removed: ["−", "bad"], changed: ["~", "care"] };
  const ROLES = ["anon", "user A", "user B"];
  const VERDICTS = { proved: ["good", "✓"], refuted: ["bad", "✗"], unproved: ["care", "?"] };

  const $ = (id) => document.getElementById(id);
  const one = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

  /* ---- text: every string of a review goes through here, and becomes text nodes ---- */

  const ORDINARY = /^[\t\x20-\x7e]*$/;
  const HIDDEN = "[[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}\\p{DI}\\p{Zs}]--[\\t ]]|\\p{M}{4,}";
  const STRANGE = (() => {
    try {
      return new RegExp(`(\\p{RGI_Emoji})|(${HIDDEN})|([^\\x00-\\x7f])`, "gv");
    } catch {
      return /(?!)()|([\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{DI}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000])|([^\x00-\x7f])/gu;
    }
  })();
  const NAMES = {
    0x9: "TAB", 0xd: "CARRIAGE RETURN", 0xa0: "NO-BREAK SPACE", 0xad: "SOFT HYPHEN", 0x200b: "ZERO WIDTH SPACE",
    0x200c: "ZERO WIDTH NON-JOINER", 0x200d: "ZERO WIDTH JOINER", 0x200e: "LEFT-TO-RIGHT MARK", 0x200f: "RIGHT-TO-LEFT MARK",
    0x2028: "LINE SEPARATOR", 0x2029: "PARAGRAPH SEPARATOR", 0x202a: "LEFT-TO-RIGHT EMBEDDING", 0x202b: "RIGHT-TO-LEFT EMBEDDING",
    0x202c: "POP DIRECTIONAL FORMATTING", 0x202d: "LEFT-TO-RIGHT OVERRIDE", 0x202e: "RIGHT-TO-LEFT OVERRIDE",
    0x2066: "LEFT-TO-RIGHT ISOLATE", 0x2067: "RIGHT-TO-LEFT ISOLATE", 0x2068: "FIRST STRONG ISOLATE",
    0x2069: "POP DIRECTIONAL ISOLATE", 0xfeff: "BYTE ORDER MARK",
  };
  let unseen = 0;

  const codePoint = (character) => `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

  function write(node, text, inCode) {
    if (ORDINARY.test(text)) {
      node.append(text);
      return node;
    }
    let place = 0;
    for (const found of text.matchAll(STRANGE)) {
      const [match, emoji, hidden] = found;
      if (emoji !== undefined || (hidden === undefined && !inCode)) continue;
      if (found.index > place) node.append(text.slice(place, found.index));
      place = found.index + match.length;
      if (hidden === undefined) {
        const last = node.lastChild;
        if (last && last.className === "foreign" && found.index === last.until) {
          last.append(match);
          last.until = place;
        } else {
          const foreign = el("span", { class: "foreign", title: `not ASCII: ${codePoint(match)}` }, match);
          foreign.until = place;
          node.append(foreign);
        }
        continue;
      }
      for (const character of match) {
        unseen += 1;
        const name = NAMES[character.codePointAt(0)];
        const label = codePoint(character);
        node.append(el("span", { class: "unseen", title: name ? `${label} ${name}` : label }, label));
      }
    }
    if (place < text.length) node.append(text.slice(place));
    return node;
  }

  const ruled = (text) => text.split("`").map((piece, place) => (place % 2 ? el("code", null, piece) : piece));
  const said = (text) => write(el("span", { class: "prose" }), String(text), false);

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === true) node.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return node;
  }

  const button = (label, kind, act) => {
    const made = el("button", { type: "button", class: kind }, label);
    made.addEventListener("click", (event) => {
      if (event.isTrusted) act(made);
    });
    return made;
  };

  const link = (label, target) => el("a", { href: `#${target}` }, label);
  const mark = (sign) => el("span", { class: "mark", "aria-hidden": "true" }, sign);
  const only = (text) => el("span", { class: "visually-hidden" }, text);

  function reach(target) {
    const node = target && $(target);
    if (!node) return;
    for (let above = node.parentElement; above; above = above.parentElement) {
      if (above.tagName === "DETAILS") above.open = true;
    }
    node.scrollIntoView({ block: node.tagName === "SECTION" ? "start" : "center" });
    node.focus({ preventScroll: true });
  }

  /* ---- the parts of the page ---- */

  function part(id, title, hint, ...content) {
    const heading = el("h2", { id: `${id}-title` }, title);
    return el(
      "section", { id, class: "part", tabindex: "-1", "aria-labelledby": `${id}-title` },
      el("header", null, heading, hint ? el("span", { class: "hint" }, hint) : null), ...content,
    );
  }

  function summed(review) {
    const headline = $("headline");
    headline.className = `banner ${review.headline.tone}`;
    headline.replaceChildren(
      mark(MARKS[review.headline.tone]),
      el("span", null, el("strong", null, review.headline.label), ": ", said(review.headline.value)),
    );
    $("facts").replaceChildren(
      ...review.facts.map((fact) =>
        el(
          "div", { class: `fact ${fact.tone}` },
          el("dt", null, mark(MARKS[fact.tone]), fact.label),
          el("dd", null, said(fact.value)),
          fact.details.slice(0, 3).map((line) => el("dd", { class: "more" }, said(line))),
          fact.details.length > 3 ? el("dd", { class: "more" }, `and ${fact.details.length - 3} more, below`) : null,
        ),
      ),
    );
  }

  function about(review) {
    document.title = `Review: ${review.title}`;
    $("title").replaceChildren(said(review.title));
    $("kind").textContent = review.kind === "draft" ? "review of a draft" : "review of a migration";
    $("purpose").replaceChildren(said(review.purpose));
    const rows = [["File", [el("code", null, said(review.path))]]];
    if (review.dependencies.length) rows.push(["Builds on", [said(review.dependencies.join(", "))]]);
    if (review.added.length) rows.push(["Completed", [said(review.added.join("; "))]]);
    rows.push(["SHA-256", [el("code", { title: review.sha256 }, review.sha256.slice(0, 12))]]);
    $("about").replaceChildren(...rows.map(([label, value]) => el("div", null, el("dt", null, label), el("dd", null, ...value))));
    $("made").textContent = `pg-guardrails ${review.version}. Nothing on this page applies a migration.`;
  }

  function findings(review) {
    const groups = new Map();
    review.findings.forEach((finding, number) => {
      finding.id = `F${number + 1}`;
      const key = `${finding.standing} ${finding.code}`;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(finding);
    });
    const order = Object.keys(STANDINGS);
    const sorted = [...groups.values()].sort((a, b) => order.indexOf(a[0].standing) - order.indexOf(b[0].standing));
    const standing = review.findings.filter((finding) => finding.standing === "error" || finding.standing === "warning");
    const hint = standing.length ? "in the order of their weight; each leads to its line" : "";
    if (!groups.size) return part("findings", "Findings", "", el("div", { class: "card padded none" }, "No rule has anything to say about it."));
    return part("findings", `Findings (${standing.length})`, hint, el("div", { class: "card" }, sorted.map((group) => grouped(group))));
  }

  function grouped(group) {
    const { standing, code, summary } = group[0];
    const { tone, sign, word } = STANDINGS[standing];
    const head = [
      el("span", { class: `badge ${tone}` }, mark(sign), word),
      el("span", { class: "code" }, said(code)),
      group.length > 1 ? el("span", { class: "none" }, `× ${group.length}`) : null,
      summary ? el("span", { class: "about-rule" }, ruled(summary)) : null,
    ];
    const list = el("ul", null, group.map((finding) => el("li", null, link(`Line ${finding.line}`, standing === "hidden" ? `L${finding.line}` : finding.id), said(finding.message))));
    const folded = group.length > FEW || standing === "allowed" || standing === "hidden";
    return el("details", { class: "group", open: !folded }, el("summary", null, head), list);
  }

  function note(finding) {
    const { tone, sign, word } = STANDINGS[finding.standing];
    const line = (label, text) => el("p", null, el("span", { class: "label" }, `${label}: `), said(text));
    return el(
      "div", { class: `note ${tone}`, id: finding.id, role: "note", tabindex: "-1", "aria-label": `${word} ${finding.code}, line ${finding.line}` },
      el(
        "header", null,
        el("span", { class: `badge ${tone}` }, mark(sign), word),
        el("code", null, said(finding.code)),
        el("span", { class: "where" }, `line ${finding.line}, column ${finding.column}`),
      ),
      el("p", null, said(finding.message)),
      finding.via ? line("Runs from inside", finding.via) : null,
      finding.will_fail ? el("p", null, "PostgreSQL refuses this statement.") : null,
      finding.lowered ? el("p", null, "An error by itself; the configuration makes it a warning.") : null,
      finding.requested ? line(finding.standing === "error" ? "A comment asks to allow it, which only a person can" : "Allowed, since", finding.requested) : null,
      finding.standing === "allowed" && !finding.requested ? el("p", null, "A person approved it.") : null,
      line("Instead", finding.suggestion),
    );
  }

  function sql(lines, prefix, notes) {
    const box = el("div", { class: "lines" });
    const carriage = lines.length > 1 && lines.slice(0, -1).every((line) => String(line[line.length - 1] || "").endsWith("\r"));
    for (let start = 0; start < lines.length; start += CHUNK) {
      const list = el("ol", { start: start + 1, class: lines.length > CHUNK ? "chunk" : null });
      list.style.containIntrinsicBlockSize = `auto ${Math.min(CHUNK, lines.length - start) * LINE_HEIGHT}px`;
      lines.slice(start, start + CHUNK).forEach((line, offset) => {
        const number = start + offset + 1;
        const here = (notes && notes.get(number)) || [];
        const text = el("code", { class: "text" });
        for (let place = 0; place < line.length; place += 2) {
          const last = place + 2 >= line.length;
          const piece = carriage && last && line[place + 1].endsWith("\r") ? line[place + 1].slice(0, -1) : line[place + 1];
          write(line[place] ? text.appendChild(el("span", { class: `k${line[place]}` })) : text, piece, true);
        }
        const worst = here.find((finding) => finding.standing === "error") || here.find((finding) => finding.standing === "warning");
        const row = el("li", { value: number, id: `${prefix}${number}`, tabindex: "-1", "data-n": number }, text);
        if (worst) {
          row.className = `marked ${STANDINGS[worst.standing].tone}`;
          row.setAttribute("data-sign", STANDINGS[worst.standing].sign);
        }
        if (here.length) row.append(el("div", { class: "notes" }, here.map(note)));
        list.append(row);
      });
      box.append(list);
    }
    return { box, carriage };
  }

  function migration(review) {
    const notes = new Map();
    for (const finding of review.findings) {
      if (finding.standing === "hidden") continue;
      const line = Math.min(Math.max(1, finding.line), review.lines.length);
      notes.set(line, [...(notes.get(line) || []), finding]);
    }
    const ends = review.lines[review.lines.length - 1].length ? review.lines : review.lines.slice(0, -1);
    const { box, carriage } = sql(notes.has(review.lines.length) ? review.lines : ends.length ? ends : review.lines, "L", notes);
    const wrap = el("input", { type: "checkbox", checked: true, id: "wrap" });
    wrap.addEventListener("change", () => {
      box.classList.toggle("unwrapped", !wrap.checked);
      if (wrap.checked) ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
      else Object.entries({ tabindex: "0", role: "region", "aria-label": "The SQL, to be scrolled sideways" }).forEach(([name, value]) => box.setAttribute(name, value));
    });
    const hint = `${one(ends.length, "line")}${carriage ? ", each ending with a carriage return" : ""}`;
    const made = part("sql", "SQL", hint, el("div", { class: "card" }, box));
    made.querySelector("header").append(el("label", { class: "tools" }, wrap, " Wrap long lines"));
    return made;
  }

  function locks(proof) {
    const drawing = proof.locks;
    if (!drawing) return part("locks", "Locks", "", el("div", { class: "card padded none" }, "It takes no lock on a table that was there before which anybody would notice."));
    const tones = ["plain", "plain", "care", "bad"];
    const cell = (held) => {
      if (!held) return el("td", null, only("no lock"), el("span", { "aria-hidden": "true", class: "none" }, "·"));
      const marks = [
        held.taken ? "taken here" : "still held", held.rewrites ? "the table is written anew" : "", held.scans ? "the table is read through" : "",
        held.documented ? "as documented" : "",
      ].filter(Boolean);
      const signs = `${held.initials}${held.rewrites ? " w" : ""}${held.scans ? " s" : ""}${held.documented ? "°" : ""}`;
      return el("td", null, el("span", { class: `lock ${tones[held.level]}${held.taken ? "" : " held"}`, title: `${held.mode}: ${marks.join(", ")}` }, signs, only(`: ${held.mode}, ${marks.join(", ")}`)));
    };
    const columns = drawing.columns.map((step) => {
      const made = link(String(step.number), `L${step.line}`);
      made.title = step.text;
      return el("th", { scope: "col" }, only("statement "), made);
    });
    const table = el(
      "table", { class: "locks" },
      el("caption", { class: "visually-hidden" }, "A row a table, a column a statement"),
      el("thead", null, el("tr", null, el("th", { scope: "col" }, "Table"), columns)),
      el("tbody", null, drawing.rows.map((row) => el("tr", null, el("th", { scope: "row" }, said(row.table)), row.cells.map(cell)))),
    );
    const legend = el(
      "ul", { class: "legend padded" },
      drawing.legend.map((mode) => el("li", null, el("span", { class: `lock ${tones[mode.level]}` }, mode.initials), `${mode.mode}: ${mode.waits}`)),
      el("li", null, "solid: taken by this statement; dashed: still held"),
      el("li", null, "w: the table is written anew; s: read through; °: as documented"),
    );
    const steps = el(
      "details", { class: "folded" }, el("summary", null, `The statements (${drawing.columns.length})`),
      el("ol", { class: "steps" }, drawing.columns.map((step) => el("li", null, el("span", null, String(step.number)), link(`line ${step.line}`, `L${step.line}`), el("code", null, write(el("span"), step.text, true))))),
    );
    return part(
      "locks", "Locks",
      `on tables that were there before, by statement; there are ${one(drawing.statements, "statement")}${drawing.left ? `, ${drawing.left} are not drawn` : ""}`,
      el(
        "div", { class: "card" },
        el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Drawing of the locks" }, table),
        drawing.sentences.length ? el("ul", { class: "padded sentences" }, drawing.sentences.map((line) => el("li", null, said(line)))) : null,
        legend, steps,
      ),
    );
  }

  function changes(list) {
    return el(
      "ul", { class: "changes" },
      list.map((change) => {
        const [sign, tone] = ACTIONS[change.action] || ["·", "plain"];
        return el("li", { class: tone }, el("span", { class: "sign" }, only(`${change.action} `), el("span", { "aria-hidden": "true" }, sign)), write(el("span"), change.text, true));
      }),
    );
  }

  function schema(proof) {
    const content = proof.schema.length ? changes(proof.schema) : el("p", { class: "padded none" }, "The schema is what it was.");
    return part("schema", `Schema changes (${proof.schema.length})`, "as the database has them after it ran", el("div", { class: "card" }, content));
  }

  function tenants(isolation) {
    if (!isolation.applicable) return part("tenants", "Tenants", "", el("div", { class: "card padded none" }, "Not applicable: ", said(isolation.reason || "")));
    const rows = new Map();
    for (const cell of isolation.cells) {
      const key = JSON.stringify([cell.object, cell.command]);
      if (!rows.has(key)) rows.set(key, { object: cell.object, command: cell.command, roles: new Map() });
      rows.get(key).roles.set(cell.role, cell);
    }
    const verdict = (cell) => {
      if (!cell) return el("td", null, el("span", { class: "none" }, "–"));
      const [tone, sign] = VERDICTS[cell.verdict] || ["plain", "·"];
      return el("td", null, el("span", { class: `badge ${tone}` }, mark(sign), cell.verdict));
    };
    const list = [...rows.values()];
    const table = el(
      "div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "What each tenant reaches" },
      el(
        "table", null,
        el("caption", null, "Whether somebody reaches rows of another tenant"),
        el("thead", null, el("tr", null, ["Object", "Command", ...ROLES].map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", null, list.map((row) => el("tr", null, el("th", { scope: "row" }, el("code", null, said(row.object))), el("td", null, said(row.command)), ROLES.map((role) => verdict(row.roles.get(role)))))),
      ),
    );
    const open = isolation.cells.filter((cell) => cell.verdict === "refuted" || cell.verdict === "unproved");
    const reasons = open.map((cell) =>
      el("li", null, el("code", null, said(`${cell.object} ${cell.command}`)), ` as ${cell.role}: `, said(cell.reason), cell.statement ? el("pre", { class: "said-sql" }, write(el("code"), cell.statement.replaceAll("\n", " "), true)) : null),
    );
    return part(
      "tenants", "Tenants", "",
      el(
        "div", { class: "card" },
        isolation.cells.length > MANY_CELLS ? el("details", { class: "folded" }, el("summary", null, `All ${list.length} checks`), table) : table,
        reasons.length ? el("ul", { class: "padded sentences" }, reasons) : null,
        isolation.notes && isolation.notes.length ? el("ul", { class: "padded sentences none" }, isolation.notes.map((line) => el("li", null, said(line)))) : null,
      ),
    );
  }

  function rollback(review) {
    const proof = review.proof;
    const parts = [];
    if (proof && !proof.failure && review.rollback) parts.push(el("p", { class: "padded" }, said(`Tried: ${proof.rollback}.`)));
    if (proof && proof.left.length) parts.push(changes(proof.left));
    if (proof && proof.rows) parts.push(el("p", { class: "padded" }, said(proof.rows)));
    parts.push(review.rollback ? sql(review.rollback, "R", null).box : el("p", { class: "padded none" }, "There is nothing that takes it back."));
    return part("rollback", "Rollback", proof || !review.rollback ? "" : "not tried", el("div", { class: "card" }, parts));
  }

  function shown(proof) {
    const rows = proof.findings.map((finding) => {
      const tone = finding.severity === "error" ? "bad" : "care";
      return el(
        "div", { class: "padded" },
        el("p", null, el("span", { class: `badge ${tone}` }, mark(MARKS[tone]), finding.severity), " ", el("code", null, said(finding.code))),
        el("p", null, said(finding.message)), el("p", { class: "none" }, "Instead: ", said(finding.suggestion)),
      );
    });
    if (proof.failure) rows.push(el("p", { class: "padded" }, "It stops at ", said(proof.failure)));
    rows.push(el("p", { class: "padded" }, "A second run: ", said(proof.second_run)));
    return part("proof", "Proof", `${proof.verdict}, on a disposable PostgreSQL`, el("div", { class: "card" }, rows));
  }

  function difference(earlier) {
    const row = ([sign, before, after, text]) => {
      if (sign === "…") return el("tr", { class: "gap" }, el("td", { colspan: "4" }, "…"));
      const tone = sign === "+" ? "good" : sign === "-" ? "bad" : "";
      const word = sign === "+" ? "added " : sign === "-" ? "removed " : "";
      return el(
        "tr", { class: tone },
        el("td", { class: "no" }, before === null ? "" : String(before)), el("td", { class: "no" }, after === null ? "" : String(after)),
        el("td", { class: "sign" }, only(word), el("span", { "aria-hidden": "true" }, sign === "-" ? "−" : sign)), el("td", { class: "text" }, write(el("code"), text, true)),
      );
    };
    const hint = earlier.too_long ? "" : `${earlier.added} added, ${earlier.removed} removed${earlier.left ? `; ${earlier.left} rows more are not shown` : ""}`;
    const head = el("thead", { class: "visually-hidden" }, el("tr", null, ["Line before", "Line now", "Change", "Text"].map((name) => el("th", { scope: "col" }, name))));
    const body = earlier.rows.length
      ? el("table", { class: "diff" }, el("caption", null, "Compared with ", said(earlier.label)), head, el("tbody", null, earlier.rows.map(row)))
      : el("p", { class: "padded none" }, earlier.too_long ? "Too long to be compared with " : "Nothing differs from ", said(earlier.label), ".");
    return part("difference", "What changed", hint, el("div", { class: "card" }, body));
  }

  function show(review) {
    unseen = 0;
    const proof = review.proof;
    about(review);
    summed(review);
    const parts = [
      findings(review),
      review.earlier ? difference(review.earlier) : null,
      migration(review),
      rollback(review),
      proof ? shown(proof) : null,
      proof ? locks(proof) : null,
      proof && !proof.failure ? schema(proof) : null,
      proof && proof.isolation ? tenants(proof.isolation) : null,
    ].filter(Boolean);
    $("sections").replaceChildren(...parts);
    $("contents").replaceChildren(el("ul", null, parts.map((made) => el("li", null, link(made.querySelector("h2").textContent, made.id)))));
    $("unseen").hidden = !unseen;
    $("unseen").replaceChildren(mark("!"), el("span", null, el("strong", null, "Unseen characters"), `: ${unseen} that can't be seen, or that reorder text, are written out as `, el("span", { class: "unseen" }, "U+0000"), "."));
    $("waiting").hidden = true;
    $("body").hidden = false;
  }

  /* ---- moving about ---- */

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element && event.target.closest('a[href^="#"]');
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    reach(target.getAttribute("href").slice(1));
  });

  function neighbour(step) {
    const notes = [...document.querySelectorAll("#sql .note")];
    if (!notes.length) return;
    const here = document.activeElement && document.activeElement.closest(".note");
    const place = notes.indexOf(here);
    reach(notes[place < 0 ? (step > 0 ? 0 : notes.length - 1) : (place + step + notes.length) % notes.length].id);
  }

  const KEYS = {
    n: () => neighbour(1),
    p: () => neighbour(-1),
    f: () => reach("findings"),
    s: () => reach("sql"),
    t: () => reach("title"),
    a: () => {
      const first = $("bar").querySelector("input, button, code");
      if (!$("bar").hidden && first) first.focus();
    },
    "?": () => {
      $("keys").open = true;
      $("keys").querySelector("summary").focus();
    },
  };

  document.addEventListener("keydown", (event) => {
    if (!$("letters").checked || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target instanceof Element && event.target.closest("textarea, select, input:not([type=checkbox])")) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  function tell(text, tone) {
    const place = $("said");
    place.className = `said ${tone || ""}`;
    place.replaceChildren(said(text));
  }

  /* ---- the answer ---- */

  const data = JSON.parse($("data").textContent);
  if (data) {
    show(data);
    const bar = $("bar");
    bar.className = `bar ${data.headline.tone}`;
    bar.replaceChildren(
      el(
        "div", { class: "row" },
        el("span", { class: "verdict grow" }, mark(MARKS[data.headline.tone]), " ", data.headline.label),
        el("span", { class: "hint" }, data.valid ? "This page can't answer. To approve it, in a terminal: " : "Mend it first. Then, in a terminal: "),
        el("code", { tabindex: "0" }, write(el("span"), data.command, true)),
      ),
    );
    bar.hidden = false;
    if (location.hash) reach(location.hash.slice(1));
    return;
  }
  if (window.parent === window) {
    $("waiting").textContent = "This page belongs into an assistant's window, which hands it the draft to review.";
    return;
  }

  const app = { page: document.querySelector('meta[name="pg-guardrails-key"]').content, host: {}, context: {}, review: null, ticket: null, state: "waiting" };
  const waiting = new Map();
  let last = 0;

  const post = (message) => window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
  const notify = (method, params) => post({ method, params: params || {} });

  function ask(method, params) {
    last += 1;
    const id = last;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      post({ id, method, params });
    });
  }

  const textOf = (result) => ((result && result.content) || []).filter((block) => block.type === "text").map((block) => block.text).join("\n");

  async function call(name, given) {
    const result = await ask("tools/call", { name, arguments: given });
    if (result && result.isError) throw new Error(textOf(result) || "the server refused it");
    return result || {};
  }

  function offer() {
    const bar = $("bar");
    const { review, ticket } = app;
    const tone = review.headline.tone;
    bar.className = `bar ${tone}`;
    const verdict = el("span", { class: "verdict grow" }, mark(MARKS[tone]), " ", review.headline.label);
    if (!ticket) {
      const hint = review.valid ? `This window can't answer. In a terminal: ` : "It has errors, so it can't be approved. Ask the assistant to mend them.";
      bar.replaceChildren(el("div", { class: "row" }, verdict, el("span", { class: "hint" }, hint), review.valid ? el("code", { tabindex: "0" }, review.command) : null));
      bar.hidden = app.state !== "open" && app.state !== "errors";
      return;
    }
    const read = el("input", { type: "checkbox", id: "read" });
    const reason = el("textarea", { id: "reason", maxlength: "2000" });
    const why = el("div", { class: "why", hidden: true }, el("label", { for: "reason" }, "What should be different? The assistant reads it; it may stay empty."), reason);
    const yes = button(tone === "bad" ? "Approve all the same" : "Approve and write the file", "yes", () => {
      if (!read.checked) {
        tell("First tick that you have read it.", "care");
        read.focus();
        return;
      }
      answer("approve", "");
    });
    const no = button("Reject…", "no", () => {
      if (why.hidden) {
        why.hidden = false;
        no.textContent = "Send the rejection";
        no.classList.add("sending");
        yes.hidden = read.parentElement.hidden = true;
        if (prove) prove.hidden = true;
        back.hidden = false;
        reason.focus();
        return;
      }
      answer("reject", reason.value.trim());
    });
    const back = button("Back", "", () => {
      offer();
      $("read").focus();
    });
    back.hidden = true;
    const prove = review.proved ? null : button("Prove it first", "", proveIt);
    bar.replaceChildren(why, el("div", { class: "row" }, verdict, el("label", null, read, "I have read it"), prove, back, no, yes));
    bar.hidden = false;
  }

  function busy(on) {
    for (const made of $("bar").querySelectorAll("button")) made.setAttribute("aria-disabled", String(on));
  }

  /* HMAC-SHA-256 (FIPS 180-4, RFC 2104): a frame without an origin of its own may have no crypto.subtle. */
  const PRIMES = [];
  for (let number = 2; PRIMES.length < 64; number += 1) if (PRIMES.every((prime) => number % prime)) PRIMES.push(number);
  const fraction = (root) => Math.floor((root - Math.floor(root)) * 2 ** 32);
  const ROUNDS = PRIMES.map((prime) => fraction(Math.cbrt(prime)));
  const rotated = (word, by) => (word >>> by) | (word << (32 - by));

  function sha256(bytes) {
    const blocks = new DataView(new ArrayBuffer((((bytes.length + 8) >> 6) + 1) << 6));
    bytes.forEach((byte, place) => blocks.setUint8(place, byte));
    blocks.setUint8(bytes.length, 0x80);
    blocks.setUint32(blocks.byteLength - 4, bytes.length * 8);
    const sum = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
    for (let start = 0; start < blocks.byteLength; start += 64) {
      const words = Array.from({ length: 16 }, (_, place) => blocks.getUint32(start + place * 4));
      let [a, b, c, d, e, f, g, h] = sum;
      for (let round = 0; round < 64; round += 1) {
        if (round > 15) {
          const [x, y] = [words[round - 15], words[round - 2]];
          const low = rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3);
          const high = rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10);
          words.push((words[round - 16] + low + words[round - 7] + high) | 0);
        }
        const one = (h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[round] + words[round]) | 0;
        const two = ((rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
      }
      [a, b, c, d, e, f, g, h].forEach((word, place) => {
        sum[place] = (sum[place] + word) | 0;
      });
    }
    return sum.flatMap((word) => [24, 16, 8, 0].map((by) => (word >>> by) & 255));
  }

  function hmac(key, text) {
    const bytes = (string) => [...new TextEncoder().encode(string)];
    const long = bytes(key);
    const short = long.length > 64 ? sha256(long) : long;
    const padded = (mask) => Array.from({ length: 64 }, (_, place) => (short[place] || 0) ^ mask);
    const sum = sha256([...padded(0x5c), ...sha256([...padded(0x36), ...bytes(text)])]);
    return sum.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function answering(action) {
    if (app.ticket.page !== app.page.slice(0, 8)) await fresh().catch(() => undefined);
    const { draft_id: draft, sha256: shown } = app.review;
    return { draft_id: draft, answer: hmac(`${app.page}${app.ticket.code}`, `${action}\n${draft}\n${shown}`) };
  }

  async function fresh() {
    const { contents } = await ask("resources/read", { uri: app.ticket.uri });
    const found = /<meta name="pg-guardrails-key" content="([0-9a-f]+)">/.exec((contents && contents[0] && contents[0].text) || "");
    if (found) app.page = found[1];
  }

  async function answer(decision, reason) {
    if (app.state !== "open") return;
    app.state = "asking";
    busy(true);
    tell(decision === "approve" ? "Writing…" : "Sending…");
    try {
      const result = await call("decide_draft", { ...(await answering(decision)), decision, reason });
      decided(result.structuredContent || {}, reason);
    } catch (error) {
      app.state = "refused";
      app.ticket = null;
      $("bar").hidden = true;
      tell(`Nothing was decided: ${error.message}. A person can still answer in a terminal: ${app.review.command}`, "bad");
    }
  }

  function decided(outcome, reason) {
    app.state = "answered";
    app.ticket = null;
    $("bar").hidden = true;
    const written = outcome.status === "written" || outcome.status === "already_written";
    const what = written ? `Approved: ${outcome.path} ${outcome.status === "written" ? "was written" : "stood there already"}. It is applied to no database.` : "Rejected: nothing was written.";
    tell(what, written ? "good" : "care");
    $("said").setAttribute("tabindex", "-1");
    $("said").focus();
    const told = `The human answered on the review page of draft ${app.review.draft_id}. ${outcome.next_step || what}`;
    ask("ui/update-model-context", { content: [{ type: "text", text: told }] }).catch(() => undefined);
    if (!written && reason && app.host.message) {
      ask("ui/message", { role: "user", content: [{ type: "text", text: `I rejected draft ${app.review.draft_id}: ${reason}` }] }).catch(() => undefined);
    }
  }

  async function proveIt() {
    if (app.state !== "open") return;
    app.state = "asking";
    busy(true);
    tell("Running it on a disposable PostgreSQL…");
    try {
      const result = await call("prove_draft", await answering("prove"));
      const found = result._meta && result._meta[META];
      if (!found) throw new Error("the proof did not arrive");
      app.review = { ...found.review, added: app.review.added };
      show(app.review);
      tell(`Proof: ${app.review.proof ? app.review.proof.verdict : "not proved"}.`);
    } catch (error) {
      tell(`It was not proved: ${error.message}`, "bad");
    }
    app.state = "open";
    offer();
  }

  /* ---- the host: JSON-RPC over postMessage, <https://modelcontextprotocol.io>, MCP Apps 2026-01-26 ---- */

  function received(params) {
    const found = params && params._meta && params._meta[META];
    const structured = (params && params.structuredContent) || {};
    if (app.state !== "waiting") return;
    if (params && params.isError) {
      $("waiting").replaceChildren(said(textOf(params) || "There is nothing to review."));
      return;
    }
    if (!found) {
      $("waiting").replaceChildren(said(structured.next_step || textOf(params) || "This host hands the page no draft to show."));
      return;
    }
    app.review = found.review;
    app.ticket = found.ticket || null;
    app.state = found.state || "open";
    show(app.review);
    if (found.told) tell(found.told.text, found.told.tone);
    if (app.state === "open" || app.state === "errors") offer();
  }

  function adopt(context) {
    Object.assign(app.context, context);
    const root = document.documentElement;
    if (app.context.theme === "light" || app.context.theme === "dark") root.dataset.theme = app.context.theme;
    const variables = (app.context.styles && app.context.styles.variables) || {};
    for (const name of ["--font-sans", "--font-mono"]) {
      if (typeof variables[name] === "string") root.style.setProperty(name, variables[name]);
    }
    measure();
  }

  let height = 0;
  function measure() {
    const { containerDimensions: room, displayMode } = app.context;
    if (displayMode === "fullscreen" || (room && "height" in room)) return;
    const content = $("page").offsetHeight + $("dock").offsetHeight;
    const wanted = Math.min(Math.ceil(content), (room && room.maxHeight) || MOST_HEIGHT);
    if (wanted === height) return;
    height = wanted;
    notify("ui/notifications/size-changed", { height });
  }

  const HEARD = {
    "ui/notifications/tool-input": (params) => {
      const given = (params && params.arguments) || {};
      if (app.state === "waiting" && typeof given.description === "string") $("title").replaceChildren(said(given.description));
    },
    "ui/notifications/tool-result": received,
    "ui/notifications/tool-cancelled": () => {
      if (app.state === "waiting") $("waiting").textContent = "The assistant was stopped before there was a draft.";
    },
    "ui/notifications/host-context-changed": (params) => adopt(params || {}),
  };

  window.addEventListener("message", (event) => {
    const message = event.data;
    if (event.source !== window.parent || !message || message.jsonrpc !== "2.0") return;
    if (message.method === undefined) {
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if (asked && message.error) asked.reject(new Error(String(message.error.message || "the host refused it")));
      else if (asked) asked.resolve(message.result);
    } else if (message.id !== undefined) {
      const known = message.method === "ping" || message.method === "ui/resource-teardown";
      post(known ? { id: message.id, result: {} } : { id: message.id, error: { code: -32601, message: "Method not found" } });
    } else if (Object.hasOwn(HEARD, message.method)) {
      HEARD[message.method](message.params);
    }
  });

  ask("ui/initialize", {
    protocolVersion: PROTOCOL,
    appInfo: { name: "pg-guardrails-review", version: "1" },
    appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
  }).then((result) => {
    app.host = (result && result.hostCapabilities) || {};
    adopt((result && result.hostContext) || {});
    notify("ui/notifications/initialized");
    const watcher = new ResizeObserver(measure);
    ["page", "dock"].forEach((id) => watcher.observe($(id)));
    if ((app.context.availableDisplayModes || []).includes("fullscreen")) {
      const large = button("Full window", "small", () => ask("ui/request-display-mode", { mode: "fullscreen" }).then((got) => adopt({ displayMode: got && got.mode })).catch(() => undefined));
      document.querySelector(".brand").append(large);
    }
  }).catch((error) => {
    $("waiting").textContent = `The window around this page did not answer: ${error.message}`;
  });
})();
