/* Le dessin devient vivant au premier survol ; les flèches lisent les points, Entrée désigne. Rien ici ne calcule. */
const page = (window.atelierGraphiques ??= { plotly: null, attente: new Map(), rang: 0 });

/* La bibliothèque, une fois par page : celle du serveur de l'atelier, sinon celle que le noyau donne. */
function charger(model) {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  page.plotly ??= depuis(document.body.dataset.plotly).catch(() => depuisNoyau(model)).catch((e) => { page.plotly = null; throw e; });
  return page.plotly;
}
function depuis(adresse) {
  return new Promise((fait, rate) => {
    if (!adresse) return rate(new Error("sans adresse"));
    const script = document.createElement("script");
    script.src = adresse; script.onerror = rate;
    script.onload = () => (window.Plotly ? fait(window.Plotly) : rate(new Error("illisible")));
    document.head.append(script);
  });
}
function depuisNoyau(model) {
  return new Promise((fait, rate) => {
    const minuterie = setTimeout(rate, 20000);
    const recu = (m, pieces) => {
      if (!m.plotly) return;
      clearTimeout(minuterie); model.off("msg:custom", recu);
      const adresse = URL.createObjectURL(new Blob([pieces[0]], { type: "text/javascript" }));
      depuis(adresse).then(fait, rate).finally(() => URL.revokeObjectURL(adresse));
    };
    model.on("msg:custom", recu);
    model.send({ demande: "plotly" });
  });
}
/* Au repos, le fichier est mis dans le cache du navigateur : il ne s'exécute qu'au premier survol. */
function annoncer() {
  const adresse = document.body.dataset.plotly;
  if (!adresse || page.annonce) return;
  page.annonce = true;
  const quand = window.requestIdleCallback || ((f) => setTimeout(f, 800));
  quand(() => { const l = document.createElement("link"); l.rel = "prefetch"; l.as = "script"; l.href = adresse; document.head.append(l); }, { timeout: 4000 });
}

const enTexte = (brut) => {
  const ecrit = String(brut).replace(/<extra>.*?<\/extra>/g, "").replace(/<br\s*\/?>/g, " ; ");
  return new DOMParser().parseFromString(ecrit, "text/html").body.textContent.replace(/\s+/g, " ").replace(/ ; (?= ;|$)/g, "").trim();
};
const un = (brut, i) => (Array.isArray(brut) ? brut[i] : brut);

/* Les points d'une figure, dans l'ordre où on les lit ; deux barres d'une même colonne disent la même chose une fois. */
function lirePoints(figure) {
  const points = [], dits = new Set();
  figure.data.forEach((trace, courbe) => {
    if (trace.hoverinfo === "skip") return;
    const surface = trace.hoveron === "fills", nombre = surface ? 1 : Math.max(trace.x?.length || 0, trace.y?.length || 0);
    for (let i = 0; i < nombre; i += 1) {
      const brut = surface ? trace.text : un(trace.hovertemplate, i);
      if (!brut) continue;
      const dit = enTexte(brut);
      if (dits.has(dit)) continue;
      dits.add(dit);
      points.push({ courbe, i, dit, surface, cle: surface ? trace.meta : un(trace.customdata, i) });
    }
  });
  return points;
}

function render({ model, el }) {
  const rang = (page.rang += 1);
  const attache = new AbortController(), signal = { signal: attache.signal };
  let racine = null, dessins = null, lu = null, plot = null, vive = -1, eveil = null, points = [], ou = -1, marquee = -1;
  const figures = () => JSON.parse(model.get("figures"));
  const etroite = () => figures().length > 1 && getComputedStyle(racine.querySelector(".ample")).display === "none" ? 1 : 0;
  const nominale = () => Number(dessine().querySelector("svg").getAttribute("width"));
  const dessine = () => racine.querySelector(etroite() ? ".compact" : ".ample");

  function montrer() {
    const neuf = document.createElement("template");
    neuf.innerHTML = model.get("html");
    const figure = neuf.content.firstElementChild;
    el.style.display = figure ? "" : "none"; /* sans figure, ni place ni écart autour */
    if (!figure) { oublier(); racine?.remove(); racine = null; return; }
    if (!racine) { racine = figure; el.replaceChildren(racine); habiller(); } else { remplacer(figure); }
    poser();
    points = lirePoints(figures()[etroite()]);
    ou = Math.min(ou, points.length - 1);
    if (vive >= 0) vivre();
  }
  /* Seul ce qui a changé bouge : le focus, le tableau ouvert et la figure vivante restent. */
  function remplacer(figure) {
    racine.setAttribute("aria-label", figure.getAttribute("aria-label"));
    racine.className = figure.className; racine.style.cssText = figure.style.cssText;
    for (const choix of [".titre", ".ample", ".compact", "details .defile"]) {
      const avant = racine.querySelector(choix), apres = figure.querySelector(choix);
      if (avant && apres && avant.innerHTML !== apres.innerHTML) avant.replaceChildren(...apres.childNodes);
      else if (!avant && apres && choix === ".compact") racine.querySelector(".dessins").append(apres);
    }
    if (!racine.querySelector("details") && figure.querySelector("details")) { racine.append(figure.querySelector("details")); outiller(); }
    dessins.setAttribute("aria-label", nommer());
  }
  const nommer = () => `${racine.getAttribute("aria-label")}. Graphique : flèches pour lire les valeurs${choisir() ? ", Entrée pour choisir" : ""}.`;
  const choisir = () => { const f = figures()[0]; return f && f.layout.meta && f.layout.meta.choix; };

  function habiller() {
    dessins = racine.querySelector(".dessins");
    dessins.tabIndex = 0; dessins.setAttribute("role", "group"); dessins.setAttribute("aria-label", nommer());
    dessins.classList.toggle("choisir", Boolean(choisir()));
    lu = document.createElement("p"); lu.className = "lu"; lu.setAttribute("role", "status");
    dessins.after(lu);
    outiller();
    dessins.addEventListener("pointerenter", reveiller, signal);
    dessins.addEventListener("focusin", reveiller, signal);
    dessins.addEventListener("keydown", clavier, signal);
    dessins.addEventListener("blur", () => { lu.textContent = ""; quitter(); }, signal);
  }
  function outiller() {
    const details = racine.querySelector("details");
    if (!details || details.querySelector(".outils-graphique")) return;
    const outils = document.createElement("p");
    outils.className = "outils-graphique";
    const gestes = { "Copier le tableau": copier, "Enregistrer l’image (PNG)": () => image("png"), "Enregistrer l’image (SVG)": () => image("svg") };
    for (const [mots, faire] of Object.entries(gestes)) {
      const bouton = document.createElement("button");
      bouton.type = "button"; bouton.className = "bouton texte"; bouton.textContent = mots;
      bouton.addEventListener("click", faire, signal);
      outils.append(bouton);
    }
    details.append(outils);
  }

  async function reveiller() {
    if (vive >= 0 || eveil || !racine) return;
    eveil = charger(model).then(vivre).catch(() => {}).finally(() => { eveil = null; });
  }
  async function vivre() {
    if (!racine || !window.Plotly || attache.signal.aborted) return;
    const ecrites = model.get("figures"), quoi = etroite(), figure = figures()[quoi], large = nominale();
    const reglages = JSON.parse(model.get("reglages"));
    if (!plot) { plot = document.createElement("div"); plot.className = "vivante"; dessins.append(plot); }
    plot.style.width = `${large}px`; plot.style.height = `${figure.layout.height}px`;
    figure.layout.width = large; figure.layout.autosize = false;
    reglages.responsive = false;
    if (vive < 0) {
      await window.Plotly.newPlot(plot, figure.data, figure.layout, reglages);
      plot.on("plotly_click", (e) => designer(cleDe(e.points[0])));
    } else { await window.Plotly.react(plot, figure.data, figure.layout, reglages); }
    vive = quoi; marquee = -1;
    /* La page a changé pendant que plotly dessinait : ce que l'on montre serait déjà faux. */
    if (ecrites !== model.get("figures")) return vivre();
    for (const svg of plot.querySelectorAll("svg.main-svg")) svg.setAttribute("aria-hidden", "true");
    tailler();
    dessins.classList.add("vif"); dessins.classList.toggle("choisir", Boolean(choisir()));
    if (ou >= 0 && dessins.contains(document.activeElement)) survoler();
  }
  const cleDe = (p) => { const c = p && (p.customdata ?? p.data.meta); return Array.isArray(c) ? c[0] : c; };
  function tailler() {
    if (!plot || vive < 0 || !racine) return;
    if (etroite() !== vive) { points = lirePoints(figures()[etroite()]); vivre(); return; }
    const box = dessine().getBoundingClientRect(), facteur = box.width / nominale();
    plot.style.transform = Math.abs(facteur - 1) > 0.002 ? `scale(${facteur})` : "";
  }
  function designer(cle) {
    if (cle === undefined || cle === null || !choisir()) return;
    el.dispatchEvent(new CustomEvent("atelier:designer", { bubbles: true, detail: { [choisir()]: cle } }));
    model.send({ valeur: cle });
  }

  function clavier(e) {
    if (e.target !== dessins || !points.length) return;
    const pas = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    if (pas) ou = ou < 0 ? (pas > 0 ? 0 : points.length - 1) : (ou + pas + points.length) % points.length;
    else if (e.key === "Home") ou = 0;
    else if (e.key === "End") ou = points.length - 1;
    else if (e.key === "Enter" || e.key === " ") { e.preventDefault(); if (ou >= 0) designer(points[ou].cle); return; }
    else if (e.key === "Escape") { lu.textContent = ""; ou = -1; quitter(); return; }
    else return;
    e.preventDefault();
    lu.textContent = points[ou].dit;
    survoler();
  }
  /* La bulle de plotly suit le clavier ; une commune, que plotly ne survole pas ainsi, est cernée. */
  function survoler() {
    if (vive < 0 || !points[ou]) return;
    const p = points[ou];
    quitter();
    if (p.surface) {
      marquee = p.courbe;
      window.Plotly.restyle(plot, { "line.color": "#0B4FA8", "line.width": 5 }, [p.courbe]);
    } else { window.Plotly.Fx.hover(plot, [{ curveNumber: p.courbe, pointNumber: p.i }]); }
  }
  function quitter() {
    if (vive < 0) return;
    if (marquee >= 0) {
      const ligne = figures()[vive].data[marquee].line;
      window.Plotly.restyle(plot, { "line.color": ligne.color, "line.width": ligne.width }, [marquee]);
      marquee = -1;
    }
    window.Plotly.Fx.unhover(plot);
  }

  /* La feuille qui donne sa place au graphique se réécrit : il y revient. */
  function poser() {
    const place = racine && model.get("place"), hote = place && document.querySelector(`[data-place="${place}"]`);
    if (hote && !hote.contains(racine)) { hote.replaceChildren(racine); tailler(); }
  }
  const replace = model.get("place") ? new MutationObserver(poser) : null;
  const dire = (mots) => { lu.textContent = ""; requestAnimationFrame(() => { lu.textContent = mots; }); };
  async function copier() {
    const rangees = [...racine.querySelectorAll("details tr")].map((r) => [...r.children].map((c) => c.textContent.trim()).join("\t"));
    const texte = rangees.join("\n");
    try { await navigator.clipboard.writeText(texte); } catch {
      const aire = document.createElement("textarea");
      aire.value = texte; aire.className = "hors-vue"; racine.append(aire); aire.select();
      document.execCommand("copy"); aire.remove();
    }
    dire("Tableau copié.");
  }
  function image(genre) {
    const svg = dessine().querySelector("svg").cloneNode(true);
    const octets = new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" });
    if (genre === "svg") return telecharger(octets, "svg");
    const adresse = URL.createObjectURL(octets), dessin = new Image();
    dessin.onload = () => {
      const toile = document.createElement("canvas");
      toile.width = 2 * dessin.width; toile.height = 2 * dessin.height;
      toile.getContext("2d").drawImage(dessin, 0, 0, toile.width, toile.height);
      URL.revokeObjectURL(adresse);
      toile.toBlob((fait) => telecharger(fait, "png"), "image/png");
    };
    dessin.src = adresse;
    return undefined;
  }
  function telecharger(octets, fin) {
    const lien = document.createElement("a"), meta = figures()[0].layout.meta;
    lien.href = URL.createObjectURL(octets); lien.download = `${meta.nom}.${fin}`;
    document.body.append(lien); lien.click(); lien.remove();
    setTimeout(() => URL.revokeObjectURL(lien.href), 60000);
    dire(`Image enregistrée : ${meta.nom}.${fin}`);
  }

  function oublier() { if (plot) { window.Plotly?.purge(plot); plot.remove(); plot = null; vive = -1; } }
  const guet = new ResizeObserver(() => { if (racine && points.length) tailler(); });
  /* « html » et « figures » arrivent ensemble : on ne redessine qu'une fois. */
  let prevu = false;
  const change = () => { if (!prevu) { prevu = true; queueMicrotask(() => { prevu = false; montrer(); }); } };
  model.on("change:html", change); model.on("change:figures", change);
  montrer(); guet.observe(el); annoncer();
  replace?.observe(document.getElementById("contenu") || document.body, { childList: true, subtree: true });
  el.dataset.graphique = String(rang);
  return () => { attache.abort(); guet.disconnect(); replace?.disconnect(); model.off("change:html", change); model.off("change:figures", change); oublier(); };
}
export default { render };
