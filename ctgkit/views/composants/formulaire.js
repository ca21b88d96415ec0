/* Des champs dans une page écrite par Python. Chaque champ suit le même protocole : ce que l'on y met part avec la version
   que l'on voyait ; Python accuse, refuse, ou montre deux versions. Tant qu'un envoi n'est pas accusé, ou que l'on tape,
   aucune valeur venue de Python n'entre dans le champ : elle attend que la main soit passée.
   Avec des brouillons, ce que l'on tape part seul, et reste dans le navigateur jusqu'à l'accusé. */
const ATTENTE = 450, AUTRE_ESSAI = 4000, SANS_REPONSE = 6000;

function render({ model, el }) {
  const racine = document.createElement("div"), garde = model.get("brouillons");
  racine.innerHTML = model.get("html"); // écrit par nos gabarits, où tout texte saisi est échappé
  el.append(racine);
  if (garde) racine.dataset.brouillons = garde;
  const { un, tous, cle, cases, lire, poser, resumer, menus, chercher } = controles(racine);
  const champs = new Map(), envois = new Map(), vues = new Map(), listes = {}, brouillons = carnetDeBrouillons(garde);
  let fiche = "", role = "", manques = new Set();

  const forme = (v) => JSON.stringify(v);
  const sale = (c) => Boolean(c.envoi || c.conflit || c.refus) || forme(lire(c)) !== c.vu;
  const bloc = (c) => c.el.closest("[data-bloc]");
  const cible = (c) => (c.el.matches("input, select, textarea") ? c.el : un("summary, input", bloc(c)));
  const duChamp = (x) => { const porteur = x.dataset.chercher === undefined && x.closest("[data-champ]"); return porteur && champs.get(porteur.dataset.champ); };

  /* Les champs présents ; celui qu'une zone refaite remplace garde ce que l'on y avait mis. */
  function recenser() {
    champs.forEach((c, nom) => { if (!racine.contains(c.el) && !un(`[data-champ="${cle(nom)}"]`)) champs.delete(nom); });
    tous("[data-champ]").forEach((x) => {
      const nom = x.dataset.champ, c = champs.get(nom);
      if (!c) {
        const neuf = { nom, el: x, genre: x.dataset.genre || "", version: 0, envoi: null, minuteur: 0, attend: false, tard: null, conflit: null, refus: false, ailleurs: [], deduit: "" };
        champs.set(nom, neuf); neuf.vu = forme(lire(neuf));
      } else if (c.el !== x) { const tape = lire(c); c.el = x; c.genre = x.dataset.genre || ""; poser(c, tape); }
    });
  }
  function accueillir(c) {
    if (!c.tard || (c.tard.n || 0) < c.version) return;
    poser(c, c.tard.v); c.vu = forme(lire(c)); c.version = c.tard.n || 0; c.tard = null;
  }

  /* L'état de l'enregistrement, en mots. */
  let parle = false;
  function dire(texte) {
    const z = garde && document.querySelector("#etat");
    parle = true;
    if (z && z.textContent !== texte) z.textContent = texte;
  }
  function heure() { const d = new Date(); return `${d.getHours()} h ${String(d.getMinutes()).padStart(2, "0")}`; }
  function bilan() {
    if (!garde) return;
    const tout = [...champs.values()], ailleurs = brouillons.ailleurs(fiche), tard = Date.now() - SANS_REPONSE;
    if (tout.some((c) => c.conflit)) dire("Deux versions d’un champ : choisissez");
    else if (tout.some((c) => c.envoi && c.envoi.depuis < tard)) dire("Pas encore enregistré : l’atelier ne répond pas, le texte reste dans cette page");
    else if (tout.some((c) => c.refus)) dire("Un champ n’est pas enregistré");
    else if (tout.some((c) => c.envoi || c.minuteur)) dire("Enregistrement…");
    else if (ailleurs.length) dire(`Un texte n’est pas enregistré, fiche ${ailleurs[0].fiche}`);
    else if (!document.body.dataset.session) { dire(`Enregistré sur ce poste à ${heure()}`); document.dispatchEvent(new Event("atelier:enregistre")); }
  }
  /* Sans réponse, la même demande repart : le journal reconnaît son numéro et ne l'écrit pas deux fois. */
  const veille = setInterval(() => {
    const muets = garde ? [...champs.values()].filter((c) => c.envoi && c.envoi.depuis < Date.now() - SANS_REPONSE) : [];
    muets.forEach((c) => model.send(c.envoi.message));
    if (muets.length) bilan();
  }, AUTRE_ESSAI);

  /* Envoyer : un envoi à la fois par champ, avec la version que l'on voyait. */
  let compte = 0;
  const souche = Math.random().toString(36).slice(2);
  function envoyer(c) {
    clearTimeout(c.minuteur); c.minuteur = 0;
    const valeur = lire(c), dite = forme(valeur);
    if (c.envoi) { c.attend = dite !== c.envoi.valeur; return; }
    if (c.conflit || (garde && !fiche)) return;
    if (dite === c.vu) { c.refus = false; brouillons.oublier(fiche, c.nom); if (garde) erreur(c, ""); bilan(); return; }
    const requete = `${souche}-${(compte += 1)}`;
    c.envoi = { requete, valeur: dite, depuis: Date.now(), message: { t: "champ", fiche, champ: c.nom, valeur, version: c.version, requete } };
    envois.set(requete, dite);
    model.send(c.envoi.message);
    bilan();
  }
  function bientot(c, delai = ATTENTE) {
    clearTimeout(c.minuteur);
    c.minuteur = setTimeout(() => envoyer(c), delai);
    brouillons.garder(fiche, c.nom, lire(c), c.version);
    dire("Enregistrement…");
  }
  const toutEnvoyer = () => { if (garde) champs.forEach((c) => { if (c.minuteur || forme(lire(c)) !== c.vu) envoyer(c); }); };

  function erreur(c, texte) {
    const zone = un("[data-erreur]", bloc(c));
    zone.textContent = texte; zone.hidden = !texte;
    if (texte && c.refus) zone.append(" ", bouton("Reprendre la valeur enregistrée", { retablir: c.nom }));
    marquer(c);
  }
  function marquer(c) {
    const manque = manques.has(c.nom), x = cible(c), zone = un("[data-aide]", bloc(c));
    bloc(c).classList.toggle("manque", manque);
    if ((manque || !un("[data-erreur]", bloc(c)).hidden) && x.matches("input, textarea, select")) x.setAttribute("aria-invalid", "true"); else x.removeAttribute("aria-invalid");
    zone.dite ??= zone.textContent;
    zone.textContent = manque ? `À compléter avant signature. ${zone.dite}` : zone.dite; zone.hidden = !zone.textContent;
  }

  racine.dataset.lmSuppressShortcuts = "true";
  racine.addEventListener("submit", (e) => e.preventDefault());
  racine.addEventListener("input", (e) => {
    const x = e.target, c = duChamp(x);
    if (x.dataset.chercher !== undefined) chercher(x);
    if (c && c.genre === "codes") resumer(c);
    if (c && garde) { c.refus = false; bientot(c, x.matches("select, [type=checkbox]") ? 0 : ATTENTE); }
    if (x.dataset.geste === "titre") dire("Enregistrement…");
  });
  racine.addEventListener("change", (e) => {
    const x = e.target, c = duChamp(x);
    if (c && !garde) envoyer(c);
    if (x.dataset.role !== undefined) { role = x.value; try { localStorage.setItem("atelier.role", role); } catch { /* stockage refusé */ } }
    if (x.dataset.geste) toutEnvoyer();
  });
  racine.addEventListener("focusout", (e) => {
    const c = duChamp(e.target);
    if (c && c.minuteur) envoyer(c);
    if (c && !sale(c)) accueillir(c);
  });
  racine.addEventListener("keydown", (e) => {
    const x = e.target, c = duChamp(x), pas = { ArrowUp: 1, ArrowDown: -1 }[e.key];
    if (!c || x.tagName !== "INPUT") return;
    if (e.key === "Enter") envoyer(c);
    const lu = x.value.replace(/[\s\u202f\u00a0]/g, "").replace(",", ".");
    if (x.dataset.pas && pas && lu !== "" && Number.isFinite(+lu)) { e.preventDefault(); x.value = String(Math.max(0, +lu + pas)).replace(".", ","); envoyer(c); }
  });
  racine.addEventListener("click", (e) => {
    const vers = (choix) => e.target.closest(choix);
    let x;
    if ((x = vers("[data-geste]"))) {
      toutEnvoyer();
      if (x.dataset.prepare !== undefined) annoncer("Le document se prépare…");
    } else if ((x = vers("[data-enregistrer]"))) { toutEnvoyer(); bilan(); }
    else if ((x = vers("[data-aller]"))) { e.preventDefault(); aller(x.dataset.aller); }
    else if ((x = vers("[data-ajouter]"))) {
      const c = champs.get(x.dataset.ajouter);
      c.el.append(un(`template[data-ligne="${cle(c.nom)}"]`).content.cloneNode(true));
      un("[data-col]", c.el.lastElementChild).focus();
    } else if ((x = vers("[data-retirer-ligne]"))) {
      const c = duChamp(x), suite = x.closest(".editeur");
      x.closest("[data-rang]").remove(); bientot(c, 0); un("[data-ajouter]", suite).focus();
    } else if ((x = vers("[data-tous], [data-aucun]"))) {
      const c = champs.get(x.dataset.tous || x.dataset.aucun);
      cases(c).forEach((y) => { y.checked = Boolean(x.dataset.tous); }); resumer(c); bientot(c, 0);
    } else if ((x = vers("[data-garder]"))) {
      const c = champs.get(x.dataset.garder);
      c.version = c.conflit.version; finir(c); c.vu = ""; envoyer(c);
    } else if ((x = vers("[data-prendre]"))) {
      const c = champs.get(x.dataset.prendre);
      brouillons.oublier(fiche, c.nom); c.tard = { v: c.conflit.autre, n: c.conflit.version };
      finir(c); accueillir(c); bilan();
    } else if ((x = vers("[data-retablir]"))) {
      const c = champs.get(x.dataset.retablir);
      clearTimeout(c.minuteur); Object.assign(c, { minuteur: 0, refus: false });
      brouillons.oublier(fiche, c.nom); poser(c, JSON.parse(c.vu)); erreur(c, ""); bilan(); cible(c).focus();
    }
  });
  function finir(c) { vider(c); cible(c).focus(); }
  function vider(c) { c.conflit = null; un("[data-conflit]", bloc(c))?.replaceChildren(); }
  function aller(nom) {
    const x = un(`#pl-${cle(nom)}`);
    if (!x) return;
    const boite = x.closest("details");
    if (boite) boite.open = true;
    x.scrollIntoView({ block: "center" }); x.focus({ preventScroll: true });
  }
  const attache = new AbortController();
  document.addEventListener("visibilitychange", () => { if (document.hidden) toutEnvoyer(); }, { signal: attache.signal });
  addEventListener("beforeunload", (e) => { toutEnvoyer(); if (garde && !brouillons.permis && [...champs.values()].some(sale)) e.preventDefault(); }, { signal: attache.signal });

  /* Glisser une carte d'une colonne à l'autre, c'est choisir cette colonne dans le menu de la carte. */
  let portee = null;
  racine.addEventListener("dragstart", (e) => { portee = e.target.closest("[data-fiche]"); if (portee) e.dataTransfer.setData("text/plain", portee.dataset.fiche); });
  racine.addEventListener("dragover", (e) => { if (portee && e.target.closest("[data-colonne]")) e.preventDefault(); });
  racine.addEventListener("drop", (e) => {
    const x = e.target.closest("[data-colonne]"), menu = x && portee && un("select", portee);
    if (menu) { e.preventDefault(); poser({ el: menu }, x.dataset.colonne); menu.dispatchEvent(new Event("change", { bubbles: true })); }
    portee = null;
  });

  /* Recevoir. Une zone redessinée garde ses volets ouverts et ce que l'on y tapait. */
  function zone(nom, html) {
    tous(`[data-zone="${cle(nom)}"]`).forEach((z) => {
      if (z.ecrit === html || (z.contains(document.activeElement) && document.activeElement.dataset.geste === "titre")) return;
      const ouverts = new Map(tous("details[data-cle]", z).map((d) => [d.dataset.cle, d.open]));
      const gardes = new Map(tous("[data-garde]", z).map((x) => [x.id, x.value])), choisi = z.tagName === "SELECT" ? z.value : null;
      const porteur = z.closest("[data-genre=codes]"), c = porteur && champs.get(porteur.dataset.champ), coches = c && lire(c);
      z.innerHTML = z.ecrit = html; z.hidden = !html && z.matches(".bloc *");
      tous("details[data-cle]", z).forEach((d) => { if (ouverts.has(d.dataset.cle)) d.open = ouverts.get(d.dataset.cle) || d.contains(un("[aria-current]", z)); });
      tous("[data-garde]", z).forEach((x) => { if (gardes.get(x.id)) x.value = gardes.get(x.id); });
      if (choisi !== null) z.value = choisi;
      tous("textarea[data-texte]", z).forEach((x) => { x.value = x.dataset.texte; });
      if (c) { const q = un("[data-chercher]", z); poser(c, coches); if (q && q.value) chercher(q); }
    });
  }
  /* Les groupes d'un formulaire, dans leur ordre. Le clavier suit : au premier champ d'un groupe ajouté, ou au formulaire
     quand le groupe où l'on était a disparu. */
  function grouper(ordre) {
    const boite = un("[data-blocs]"), presents = new Map([...boite.children].map((x) => [x.dataset.zone, x])), perdus = [...presents.values()].filter((x) => !ordre.includes(x.dataset.zone));
    const perdu = perdus.some((x) => x.contains(document.activeElement));
    perdus.forEach((x) => x.remove());
    const rangees = ordre.map((nom) => {
      const x = presents.get(nom) || document.createElement("fieldset");
      x.className = `bloc bloc-${nom}`; x.dataset.zone = nom;
      return x;
    });
    rangees.forEach((x, rang) => { if (boite.children[rang] !== x) boite.insertBefore(x, boite.children[rang] || null); });
    const neufs = rangees.filter((x) => !presents.has(x.dataset.zone));
    return presents.size && neufs.length === 1 ? neufs[0] : perdu ? boite : null;
  }
  /* Un curseur est un contrôle d'ipywidgets, lié à Python : le formulaire lui donne sa place, et le dit affiché. */
  function curseurs() {
    vues.forEach((vue, boite) => { if (!racine.contains(boite)) { vues.delete(boite); vue.then((v) => v.remove()); } });
    tous("[data-curseur]").forEach((boite) => {
      const modele = model.get("curseurs")[boite.dataset.curseur], gestion = model.widget_manager;
      if (modele && !vues.has(boite)) vues.set(boite, gestion.get_model(modele.replace("IPY_MODEL_", "")).then((m) => gestion.create_view(m)).then((v) => { boite.append(v.el); v.luminoWidget.processMessage({ type: "after-attach" }); return v; }));
    });
  }
  function remplir(m) {
    const autre = m.fiche !== undefined && m.fiche !== fiche;
    if (autre) {
      fiche = m.fiche; un(".deux-plan").dataset.fiche = fiche;
      champs.forEach((c) => { clearTimeout(c.minuteur); Object.assign(c, { envoi: null, minuteur: 0, attend: false, refus: false, version: 0 }); vider(c); erreur(c, ""); });
    }
    Object.entries(m.champs || {}).forEach(([nom, recu]) => {
      const c = champs.get(nom);
      if (!c) return;
      c.tard = recu;
      if (autre || !sale(c)) accueillir(c);
      if (recu.aide !== undefined) un("[data-aide]", bloc(c)).dite = recu.aide;
      if (recu.erreur !== undefined) erreur(c, recu.erreur);
    });
    if (autre && fiche) reprendre();
    if (autre && parle) bilan();
  }
  /* Les textes de cette fiche qui n'avaient pas pu partir : remis à leur place, puis envoyés. */
  function reprendre() {
    const rendus = brouillons.de(fiche).filter((b) => {
      const c = champs.get(b.champ);
      if (!c || forme(b.valeur) === c.vu) { brouillons.oublier(b.fiche, b.champ); return false; }
      poser(c, b.valeur); c.version = b.version; envoyer(c);
      return true;
    });
    if (rendus.length) annoncer(`Texte retrouvé, qui n’était pas enregistré : ${rendus.map((b) => nommer(b.champ)).join(", ")}. Il est remis dans la fiche.`);
  }
  const nommer = (nom) => { const x = un(`[data-bloc="${cle(nom)}"]`); return `« ${x ? x.dataset.nom : nom} »`; };
  function annoncer(texte, suite) {
    const z = un("[data-message]");
    z.textContent = texte; z.hidden = !texte;
    if (suite) z.append(" ", bouton(suite.nom, suite.gestes));
  }
  function bouton(nom, gestes) {
    const x = document.createElement("button");
    x.type = "button"; x.className = "bouton leger"; x.textContent = nom; Object.assign(x.dataset, gestes);
    return x;
  }
  function etat(e) {
    un(".deux-plan").dataset.vue = e.vue;
    ["vue", "tri"].forEach((nom) => tous(`[data-geste="${nom}"][data-cle]`).forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.valeur === e[nom]))));
    Object.entries(e.filtre).forEach(([k, v]) => tous(`[data-geste="filtre"][data-partie="${k}"]`).forEach((x) => { if (x.type === "checkbox") x.checked = v === x.value; else if (document.activeElement !== x) x.value = v; }));
  }
  function maj(m) {
    const suivre = m.blocs && grouper(m.blocs);
    Object.entries(m.zones || {}).forEach(([nom, html]) => zone(nom, html));
    Object.entries(m.titres || {}).forEach(([nom, version]) => { const x = un(`[data-geste="titre"][data-vise="${cle(nom)}"]`); if (x) x.dataset.version = version; });
    if (m.etat) etat(m.etat);
    Object.assign(listes, m.listes);
    Object.entries(m.blocs ? listes : m.listes || {}).forEach(([nom, paires]) => menus(nom, paires));
    recenser(); curseurs();
    Object.entries(m.resumes || {}).forEach(([nom, texte]) => { champs.get(nom).deduit = texte; });
    remplir(m);
    Object.keys(m.resumes || {}).forEach((nom) => resumer(champs.get(nom)));
    if (m.manques) { manques = new Set(m.manques); champs.forEach(marquer); }
    if (m.haut) { if (innerWidth < 1216) un(".corps-plan").scrollIntoView(); else scrollTo({ top: 0 }); }
    if (m.aller) requestAnimationFrame(() => aller(m.aller));
    if (m.ecrit) bilan();
    if (suivre) un("input, select", suivre)?.focus();
  }
  function recu(c, m) {
    const envoye = c.envoi.valeur, ici = c.el.contains(document.activeElement);
    Object.assign(c, { envoi: null, refus: false, version: m.version || 0, vu: envoye });
    envois.delete(m.requete);
    if (garde) erreur(c, "");
    if (forme(lire(c)) === envoye) {
      document.dispatchEvent(new CustomEvent("atelier:recu", { detail: c.el.dataset.cle }));
      brouillons.oublier(fiche, c.nom);
      if (m.v !== undefined && !(garde && ici)) { c.tard = { v: m.v, n: m.version }; accueillir(c); }
    } else if (garde) bientot(c);
    else if (c.attend) envoyer(c);
    c.attend = false;
    bilan();
  }
  /* Une réponse pour une fiche que l'on ne regarde plus, ou qui n'est plus là. */
  function pourUneAutre(m) {
    const b = brouillons.lire(m.fiche, m.champ), envoye = envois.get(m.requete);
    if (m.t === "recu") { if (b && forme(b.valeur) === envoye) brouillons.oublier(m.fiche, m.champ); bilan(); return; }
    const suite = m.retiree ? { nom: "Remettre la fiche dans le plan", gestes: { geste: "remettre", valeur: m.fiche } } : { nom: "Ouvrir cette fiche", gestes: { geste: "fiche", valeur: m.fiche } };
    const raison = m.message || "Quelqu’un d’autre a écrit le même champ.", texte = b && typeof b.valeur === "string" ? ` Votre texte : « ${b.valeur} »` : "";
    annoncer(`Fiche ${m.fiche}, ${nommer(m.champ)} n’est pas enregistré. ${raison}${texte}`, suite);
    bilan();
  }
  function message(m) {
    const c = champs.get(m.champ);
    if (m.t === "maj") { maj(m); if (m.message !== undefined) annoncer(m.message, m.suite); return; }
    if ((m.fiche || "") !== fiche) { pourUneAutre(m); return; }
    if (!c) return;
    if (m.t === "recu") { if (c.envoi && c.envoi.requete === m.requete) recu(c, m); return; }
    c.envoi = null;
    if (m.t === "conflit") {
      c.conflit = { version: m.version, autre: m.autre };
      const z = un("[data-conflit]", bloc(c)), volet = z.closest("details.editeur");
      z.innerHTML = m.html; if (volet) volet.open = true; bilan();
    } else if (m.retiree) pourUneAutre(m);
    else {
      c.refus = true; erreur(c, m.message); bilan();
      if (m.panne) setTimeout(() => envoyer(c), AUTRE_ESSAI);
    }
  }
  model.on("msg:custom", message);
  maj(model.get("depart"));
  if (garde) {
    try { role = localStorage.getItem("atelier.role") || ""; } catch { /* stockage refusé */ }
    const choixRole = un("[data-role]");
    if ([...choixRole.options].some((o) => o.value === role)) choixRole.value = role; else role = "";
  }
  model.send({ t: "pret", role });
  return () => { clearInterval(veille); attache.abort(); model.off("msg:custom", message); vues.forEach((vue) => vue.then((v) => v.remove())); };
}
export default { render };
