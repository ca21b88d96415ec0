/* La feuille d'une fiche : ce que l'on tape part seul une demi-seconde après la dernière frappe ; ce que d'autres écrivent
   arrive dans les champs que l'on ne touche pas. Un texte non enregistré n'est jamais effacé. */
const ATTENTE = 450, AUTRE_ESSAI = 4000, SANS_REPONSE = 6000;

function render({ model, el }) {
  const racine = document.createElement("div");
  racine.innerHTML = model.get("html"); // écrit par nos gabarits, où tout texte saisi est échappé
  el.append(racine);
  const { un, tous, cle, cases, lire, poser, resumer, menus, chercher } = controles(racine);
  let fiche = "", role = "", besoin = new Set();
  const champs = new Map(), envois = new Map(), brouillons = carnetDeBrouillons(un(".deux-plan").dataset.territoire);

  tous("[data-champ]").forEach((x) => champs.set(x.dataset.champ, { nom: x.dataset.champ, el: x, genre: x.dataset.genre || "", vu: "", version: 0, envoi: null, minuteur: 0, conflit: null, refus: false, ailleurs: [], deduit: "" }));
  const forme = (v) => JSON.stringify(v);
  const sale = (c) => Boolean(c.envoi || c.conflit || c.refus) || forme(lire(c)) !== c.vu;

  /* L'état de l'enregistrement, en mots. */
  const zoneEtat = () => document.querySelector("#etat");
  let parle = false;
  function dire(texte) { const z = zoneEtat(); parle = true; if (z && z.textContent !== texte) z.textContent = texte; }
  function heure() { const d = new Date(); return `${d.getHours()} h ${String(d.getMinutes()).padStart(2, "0")}`; }
  function bilan() {
    const tout = [...champs.values()], ailleurs = brouillons.ailleurs(fiche), tard = Date.now() - SANS_REPONSE;
    if (tout.some((c) => c.conflit)) dire("Deux versions d’un champ : choisissez");
    else if (tout.some((c) => c.envoi && c.envoi.depuis < tard)) dire("Pas encore enregistré : l’atelier ne répond pas, le texte reste dans cette page");
    else if (tout.some((c) => c.refus)) dire("Un champ n’est pas enregistré");
    else if (tout.some((c) => c.envoi || c.minuteur)) dire("Enregistrement…");
    else if (ailleurs.length) dire(`Un texte n’est pas enregistré, fiche ${ailleurs[0].fiche}`);
    else { dire(`Enregistré sur ce poste à ${heure()}`); document.dispatchEvent(new Event("atelier:enregistre")); }
  }
  /* Sans réponse, la même demande repart : le journal reconnaît son numéro et ne l'écrit pas deux fois. */
  const veille = setInterval(() => {
    const muets = [...champs.values()].filter((c) => c.envoi && c.envoi.depuis < Date.now() - SANS_REPONSE);
    muets.forEach((c) => model.send(c.envoi.message));
    if (muets.length) bilan();
  }, AUTRE_ESSAI);

  /* Envoyer : un envoi à la fois par champ, avec la version que l'on voyait. */
  let compte = 0;
  const souche = Math.random().toString(36).slice(2);
  function envoyer(c) {
    clearTimeout(c.minuteur); c.minuteur = 0;
    if (c.envoi || c.conflit || !fiche) return;
    const valeur = lire(c);
    if (forme(valeur) === c.vu) { c.refus = false; brouillons.oublier(fiche, c.nom); erreur(c, ""); bilan(); return; }
    const requete = `${souche}-${(compte += 1)}`;
    c.envoi = { requete, valeur: forme(valeur), depuis: Date.now(), message: { t: "champ", fiche, champ: c.nom, valeur, version: c.version, requete, role } };
    envois.set(requete, c.envoi.valeur);
    model.send(c.envoi.message);
    bilan();
  }
  function bientot(c, delai = ATTENTE) {
    clearTimeout(c.minuteur);
    c.minuteur = setTimeout(() => envoyer(c), delai);
    brouillons.garder(fiche, c.nom, lire(c), c.version);
    dire("Enregistrement…");
  }
  const toutEnvoyer = () => champs.forEach((c) => { if (c.minuteur || forme(lire(c)) !== c.vu) envoyer(c); });
  function erreur(c, texte) {
    const zone = un(`[data-erreur="${cle(c.nom)}"]`);
    zone.textContent = texte; zone.hidden = !texte;
    if (texte) zone.append(" ", bouton("Reprendre la valeur enregistrée", { retablir: c.nom }));
    marquer(c);
  }
  function marquer(c) {
    const bloc = c.el.closest("[data-bloc]"), manque = besoin.has(c.nom), faux = manque || c.refus;
    bloc.classList.toggle("manque", manque);
    const cible = un(`#pl-${cle(c.nom)}`);
    if (faux && cible.matches("input, textarea, select")) cible.setAttribute("aria-invalid", "true"); else cible.removeAttribute("aria-invalid");
    const aide = un(`#pl-${cle(c.nom)}-a`);
    if (aide) aide.textContent = manque ? `À compléter avant signature. ${aide.dataset.aide}` : aide.dataset.aide;
  }
  const duChamp = (e) => { const x = e.target.closest("[data-champ]"); return x && champs.get(x.dataset.champ); };

  racine.addEventListener("submit", (e) => e.preventDefault());
  racine.addEventListener("input", (e) => {
    const x = e.target, c = x.dataset.chercher === undefined && duChamp(e);
    if (c) { if (c.genre === "codes") resumer(c); c.refus = false; bientot(c, x.matches("select, [type=checkbox]") ? 0 : ATTENTE); return; }
    const tantot = (g, delai) => { clearTimeout(x.minuteur); x.minuteur = setTimeout(() => geste(g()), delai); };
    if (x.dataset.critere) tantot(() => ({ geste: "filtre", partie: x.dataset.critere, valeur: x.type === "checkbox" && !x.checked ? "" : x.value }), 160);
    if (x.dataset.simulation) tantot(() => ({ geste: "simulation", partie: x.dataset.simulation, valeur: x.value }), 160);
    if (x.dataset.element) { dire("Enregistrement…"); tantot(() => ({ geste: "titre", sorte: x.dataset.element, vise: x.dataset.vise, version: x.dataset.version, texte: x.value }), ATTENTE); }
    if (x.dataset.chercher !== undefined) chercher(x);
  });
  racine.addEventListener("focusout", (e) => { const c = e.target.dataset.chercher === undefined && duChamp(e); if (c && c.minuteur) envoyer(c); });
  racine.addEventListener("change", (e) => {
    const x = e.target;
    if (x.dataset.role !== undefined) { role = x.value; try { localStorage.setItem("atelier.role", role); } catch { /* stockage refusé */ } geste({ geste: "role", valeur: role }); }
    if (x.dataset.cocher) geste({ geste: "cocher", valeur: x.dataset.cocher });
    if (x.dataset.ranger) geste({ geste: "ranger", fiche: x.dataset.ranger, valeur: x.value });
    if (x.dataset.deplacer && x.value) geste({ geste: "deplacer", fiche: x.dataset.deplacer, valeur: x.value });
    if (x.dataset.rattacher) geste({ geste: "element", sorte: x.dataset.rattacher, vise: x.dataset.vise, champ: x.dataset.champVise, valeur: x.value });
    if (x.dataset.lot !== undefined) geste({ geste: "champ_lot", valeur: x.value });
  });
  const geste = (g) => { toutEnvoyer(); model.send({ t: "geste", role, ...g }); };

  racine.addEventListener("click", (e) => {
    const vers = (choix) => e.target.closest(choix);
    let x;
    if ((x = vers("[data-geste]"))) {
      toutEnvoyer();
      if (x.dataset.prepare !== undefined) annoncer("Le document se prépare…");
      (x.dataset.lire || "").split(" ").filter(Boolean).forEach((id, i) => { x.dataset[`lu${i + 1}`] = un(`#${cle(id)}`).value; });
    } else if ((x = vers("[data-enregistrer]"))) { toutEnvoyer(); bilan(); }
    else if ((x = vers("[data-aller]"))) { e.preventDefault(); aller(x.dataset.aller); }
    else if ((x = vers("[data-ajouter]"))) {
      const c = champs.get(x.dataset.ajouter);
      c.el.append(un(`template[data-ligne="${cle(c.nom)}"]`).content.cloneNode(true));
      un("[data-col]", c.el.lastElementChild).focus();
    } else if ((x = vers("[data-retirer-ligne]"))) {
      const c = champs.get(x.closest("[data-champ]").dataset.champ), suite = x.closest(".editeur");
      x.closest("[data-rang]").remove(); bientot(c, 0); un("[data-ajouter]", suite).focus();
    } else if ((x = vers("[data-tous], [data-aucun]"))) {
      const c = champs.get(x.dataset.tous || x.dataset.aucun);
      cases(c).forEach((y) => { y.checked = Boolean(x.dataset.tous); }); resumer(c); bientot(c, 0);
    } else if ((x = vers("[data-garder]"))) {
      const c = champs.get(x.dataset.garder);
      c.version = c.conflit.version; finir(c); c.vu = ""; envoyer(c);
    } else if ((x = vers("[data-retablir]"))) {
      const c = champs.get(x.dataset.retablir);
      clearTimeout(c.minuteur); Object.assign(c, { minuteur: 0, refus: false });
      brouillons.oublier(fiche, c.nom); poser(c, JSON.parse(c.vu)); erreur(c, ""); bilan(); un(`#pl-${cle(c.nom)}`).focus();
    } else if ((x = vers("[data-prendre]"))) {
      const c = champs.get(x.dataset.prendre), autre = c.conflit;
      brouillons.oublier(fiche, c.nom);
      finir(c); c.version = autre.version; c.vu = forme(autre.texte); poser(c, autre.texte); c.vu = forme(lire(c)); bilan();
    }
  });
  function finir(c) { c.conflit = null; un(`[data-conflit="${cle(c.nom)}"]`).replaceChildren(); const x = un(`#pl-${cle(c.nom)}`); if (x) x.focus(); }
  function aller(nom) {
    const x = un(`#pl-${cle(nom)}`);
    if (!x) return;
    const boite = x.closest("details");
    if (boite) boite.open = true;
    x.scrollIntoView({ block: "center" }); x.focus({ preventScroll: true });
  }
  addEventListener("keydown", (e) => {
    if (!racine.isConnected) return;
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "s") { e.preventDefault(); toutEnvoyer(); bilan(); }
    else if (e.altKey && (e.key === "PageDown" || e.key === "PageUp")) { e.preventDefault(); geste({ geste: "voisine", valeur: e.key === "PageDown" ? "1" : "-1" }); }
    else if (e.altKey && e.key.toLowerCase() === "n") { e.preventDefault(); geste({ geste: "nouvelle" }); }
    else if (e.altKey && e.key.toLowerCase() === "r") { e.preventDefault(); un("#pl-recherche").focus(); }
    else if (e.altKey && e.key.toLowerCase() === "z") { e.preventDefault(); geste({ geste: "annuler" }); }
  });
  addEventListener("visibilitychange", () => { if (document.hidden) toutEnvoyer(); });
  addEventListener("beforeunload", (e) => { toutEnvoyer(); if (!brouillons.permis && [...champs.values()].some(sale)) e.preventDefault(); });

  /* Glisser une carte d'une colonne à l'autre ; au clavier, le menu de la carte fait la même chose. */
  let portee = "";
  racine.addEventListener("dragstart", (e) => { const x = e.target.closest("[data-fiche]"); portee = x ? x.dataset.fiche : ""; if (portee) e.dataTransfer.setData("text/plain", portee); });
  racine.addEventListener("dragover", (e) => { if (portee && e.target.closest("[data-colonne]")) e.preventDefault(); });
  racine.addEventListener("drop", (e) => {
    const x = e.target.closest("[data-colonne]");
    if (x && portee) { e.preventDefault(); geste({ geste: "ranger", fiche: portee, valeur: x.dataset.colonne }); }
    portee = "";
  });

  /* Recevoir. Une zone redessinée garde ses volets ouverts et ce que l'on y tapait. */
  function zone(nom, html) {
    tous(`[data-zone="${cle(nom)}"]`).forEach((z) => {
      const ouverts = new Map(tous("details[data-cle]", z).map((d) => [d.dataset.cle, d.open]));
      const gardes = new Map(tous("[data-garde]", z).map((x) => [x.id, x.value])), choisi = z.tagName === "SELECT" ? z.value : null;
      const frappe = z.contains(document.activeElement) && document.activeElement.dataset.element ? document.activeElement : null;
      if (frappe) return;
      const champ = z.closest("[data-genre=codes]"), c = champ && champs.get(champ.dataset.champ), coches = c && lire(c);
      z.innerHTML = html;
      tous("details[data-cle]", z).forEach((d) => { if (ouverts.has(d.dataset.cle)) d.open = ouverts.get(d.dataset.cle) || d.contains(un("[aria-current]", z)); });
      tous("[data-garde]", z).forEach((x) => { if (gardes.get(x.id)) x.value = gardes.get(x.id); });
      if (choisi !== null) z.value = choisi;
      tous("textarea[data-texte]", z).forEach((x) => { x.value = x.dataset.texte; });
      if (c) { const q = un("[data-chercher]", z); poser(c, coches); if (q && q.value) chercher(q); }
    });
  }
  function remplir(m) {
    const autre = m.fiche !== undefined && m.fiche !== fiche;
    if (autre) { fiche = m.fiche; un(".deux-plan").dataset.fiche = fiche; champs.forEach((c) => { clearTimeout(c.minuteur); Object.assign(c, { envoi: null, minuteur: 0, conflit: null, refus: false }); finirSansFocus(c); erreur(c, ""); }); }
    Object.entries(m.champs || {}).forEach(([nom, { v, n }]) => {
      const c = champs.get(nom);
      if (!c || (!autre && sale(c))) return;
      poser(c, v); c.vu = forme(lire(c)); c.version = n;
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
  /* Une réponse pour une fiche que l'on ne regarde plus. */
  function pourUneAutre(m) {
    const b = brouillons.lire(m.fiche, m.champ), envoye = envois.get(m.requete);
    if (m.t === "recu") { if (b && forme(b.valeur) === envoye) brouillons.oublier(m.fiche, m.champ); bilan(); return; }
    const suite = m.retiree ? { nom: "Remettre la fiche dans le plan", gestes: { geste: "remettre", valeur: m.fiche } } : { nom: "Ouvrir cette fiche", gestes: { geste: "fiche", valeur: m.fiche } };
    const raison = m.message || "Quelqu’un d’autre a écrit le même champ.", texte = b && typeof b.valeur === "string" ? ` Votre texte : « ${b.valeur} »` : "";
    annoncer(`Fiche ${m.fiche}, ${nommer(m.champ)} n’est pas enregistré. ${raison}${texte}`, suite);
    bilan();
  }
  function finirSansFocus(c) { c.conflit = null; un(`[data-conflit="${cle(c.nom)}"]`).replaceChildren(); }
  function etat(e) {
    un(".deux-plan").dataset.vue = e.vue;
    ["vue", "tri"].forEach((nom) => tous(`[data-geste="${nom}"][data-cle]`).forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.valeur === e[nom]))));
    if (e.filtre) Object.entries(e.filtre).forEach(([k, v]) => tous(`[data-critere="${k}"]`).forEach((x) => { if (document.activeElement !== x) x.value = v; }));
  }
  function message(m) {
    const c = champs.get(m.champ);
    if (m.t === "depot-recu") { envoi.recu(); return; }
    if (["recu", "refus", "conflit"].includes(m.t) && m.fiche !== fiche) { pourUneAutre(m); return; }
    if (m.t === "refus" && m.retiree) { c.envoi = null; pourUneAutre(m); return; }
    if (m.t === "recu" && c && c.envoi && c.envoi.requete === m.requete) {
      const envoye = c.envoi.valeur;
      c.envoi = null; c.refus = false; c.version = m.version; c.vu = envoye; erreur(c, "");
      envois.delete(m.requete);
      if (forme(lire(c)) === envoye) brouillons.oublier(fiche, c.nom);
      if (forme(lire(c)) !== envoye) bientot(c);
      else if (m.v !== undefined && (c.genre !== "tableau" || !c.el.contains(document.activeElement)) && document.activeElement !== c.el) { poser(c, m.v); c.vu = forme(lire(c)); }
      bilan();
    } else if (m.t === "refus" && c) {
      c.envoi = null; c.refus = true; erreur(c, m.message); bilan();
      if (m.panne) setTimeout(() => envoyer(c), AUTRE_ESSAI);
    } else if (m.t === "conflit" && c) {
      c.envoi = null; c.conflit = { version: m.version, texte: m.autre };
      const z = un(`[data-conflit="${cle(m.champ)}"]`), volet = z.closest("details.editeur");
      z.innerHTML = m.html; if (volet) volet.open = true; bilan();
    } else if (m.t === "maj") {
      if (m.zones) Object.entries(m.zones).forEach(([nom, html]) => zone(nom, html));
      Object.entries(m.listes || {}).forEach(([nom, options]) => menus(nom, options));
      Object.entries(m.titres || {}).forEach(([nom, version]) => { const x = un(`[data-element][data-vise="${cle(nom)}"]`); if (x) x.dataset.version = version; });
      if (m.etat) etat(m.etat);
      Object.entries(m.resumes || {}).forEach(([nom, texte]) => { champs.get(nom).deduit = texte; });
      remplir(m);
      Object.keys(m.resumes || {}).forEach((nom) => resumer(champs.get(nom)));
      if (m.manques) { besoin = new Set(m.manques); champs.forEach(marquer); }
      if (m.haut) { if (innerWidth < 1216) un(".corps-plan").scrollIntoView(); else scrollTo({ top: 0 }); }
      if (m.aller) requestAnimationFrame(() => aller(m.aller));
      if (m.ecrit) bilan();
    }
    if (m.message !== undefined && m.t !== "refus") annoncer(m.message, m.suite);
  }
  const envoi = envoiParMorceaux(model, (entree, texte) => { const z = un(`[data-depot-dit="${entree.dataset.depot}"]`); if (z) z.textContent = texte; });
  racine.addEventListener("change", (e) => { const x = e.target; if (x.dataset?.depot) envoi.partir(x, Number(x.dataset.maximum), "ctg importer plan", { t: "depot", pour: x.dataset.depot }); });
  model.on("msg:custom", message);
  message({ t: "maj", ...model.get("depart") });
  try { role = localStorage.getItem("atelier.role") || ""; } catch { /* stockage refusé */ }
  const choixRole = un("[data-role]");
  if ([...choixRole.options].some((o) => o.value === role)) choixRole.value = role; else role = "";
  model.send({ t: "pret", role });
  return () => { clearInterval(veille); model.off("msg:custom", message); };
}
export default { render };
