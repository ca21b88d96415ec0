/* Atelier CTG, côté page : mode projection, tableaux à trier et filtrer, noms accessibles, surveillance de la session.
   Rien ici ne calcule un chiffre. */
(() => {
  "use strict";
  const un = (choix, racine = document) => racine.querySelector(choix);
  const tous = (choix, racine = document) => [...racine.querySelectorAll(choix)];
  const garder = (cle, valeur) => { try { localStorage.setItem(cle, valeur); } catch { /* stockage refusé */ } };

  /* Mode projection : retenu d'une page à l'autre. */
  function projection() {
    const bouton = un("#projection");
    if (!bouton) return;
    const montrer = () => {
      const actif = document.documentElement.dataset.mode === "projection";
      bouton.setAttribute("aria-pressed", String(actif));
      bouton.textContent = actif ? "Quitter la projection" : "Mode projection";
    };
    bouton.addEventListener("click", () => {
      const actif = document.documentElement.dataset.mode === "projection";
      document.documentElement.dataset.mode = actif ? "" : "projection";
      garder("atelier.mode", actif ? "" : "projection");
      montrer();
    });
    montrer();
  }

  function choixDuTerritoire() {
    const choix = un("#territoire");
    if (choix) choix.addEventListener("change", () => choix.form.submit());
  }

  /* Un geste fait avant que le pont de sa page soit posé (views/composants/pont.js) attend ici : le pont le joue en arrivant. */
  const enAttente = (window.gestesEnAttente = []);
  function retenir(e) {
    const clavier = e.type === "keydown", x = clavier ? un(".atelier-page") : e.target.closest && e.target.closest("[data-geste], [data-copier], [data-depot]");
    const page = x && x.closest(".atelier-page"), controle = x && x.matches("select, input, textarea");
    if (!page || page.dataset.pont || (clavier ? !e.altKey && !e.ctrlKey && !e.metaKey : controle === (e.type === "click"))) return;
    const deja = enAttente.findIndex((autre) => autre.type === e.type && autre.target === e.target && autre.key === e.key);
    if (deja < 0) enAttente.push(e);
  }
  ["click", "change", "input", "keydown"].forEach((nom) => document.addEventListener(nom, retenir, true));

  /* Tableaux : <table data-triable> et <input data-filtre="#id-du-tableau">. */
  const nu = (texte) => texte.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const rang = (cellule) => cellule.dataset.tri ?? cellule.textContent.trim();
  function trier(tete) {
    const table = tete.closest("table"), corps = table.tBodies[0], colonne = tete.cellIndex;
    const sens = tete.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    tous("th[aria-sort]", table).forEach((autre) => autre.setAttribute("aria-sort", "none"));
    tete.setAttribute("aria-sort", sens);
    const ordre = sens === "ascending" ? 1 : -1;
    const comparer = (a, b) => {
      const x = rang(a.cells[colonne]), y = rang(b.cells[colonne]);
      if (x === "" || y === "") return x === y ? 0 : x === "" ? 1 : -1; /* l'inconnu reste en bas */
      const nombre = !Number.isNaN(+x) && !Number.isNaN(+y);
      return ordre * (nombre ? x - y : x.localeCompare(y, "fr"));
    };
    corps.append(...[...corps.rows].sort(comparer));
    annoncer(table, `Tableau trié par ${tete.textContent.trim()}, ordre ${ordre > 0 ? "croissant" : "décroissant"}.`);
  }
  function filtrer(champ) {
    const table = un(champ.dataset.filtre), cherche = nu(champ.value.trim());
    const lignes = [...table.tBodies[0].rows];
    lignes.forEach((ligne) => { ligne.hidden = !nu(ligne.textContent).includes(cherche); });
    const vues = lignes.filter((ligne) => !ligne.hidden).length;
    annoncer(table, vues ? `${vues} ligne${vues > 1 ? "s" : ""} sur ${lignes.length}.` : "Aucune ligne ne correspond.");
  }
  function annoncer(table, texte) {
    const statut = un(`[data-statut="#${table.id}"]`);
    if (statut) statut.textContent = texte;
  }
  document.addEventListener("click", (e) => {
    const bouton = e.target.closest("table[data-triable] th button");
    if (bouton) trier(bouton.closest("th"));
  });
  document.addEventListener("input", (e) => { if (e.target.matches("[data-filtre]")) filtrer(e.target); });

  /* Une commune choisie sur une carte ou dans un tableau : même surbrillance des deux côtés. */
  function designer(code) {
    tous("[data-commune]").forEach((x) => x.classList.toggle("designee", x.dataset.commune === code));
    const ligne = un(`tr[data-commune="${CSS.escape(code)}"]`);
    if (ligne) ligne.scrollIntoView({ block: "nearest" });
  }
  const laCase = (e) => e.target.closest && e.target.closest("g[data-commune]");
  document.addEventListener("click", (e) => { const x = laCase(e); if (x) designer(x.dataset.commune); });
  document.addEventListener("atelier:designer", (e) => { if (e.detail.commune) designer(e.detail.commune); });
  document.addEventListener("keydown", (e) => { /* Entrée ou Espace valent un clic, pour qui d'autre écoute */
    const x = laCase(e);
    if (x && (e.key === "Enter" || e.key === " ")) { e.preventDefault(); x.dispatchEvent(new MouseEvent("click", { bubbles: true })); }
  });

  /* Noms accessibles : ipywidgets n'étiquette ni ses glissières ni ses menus sans description. */
  function nommer() {
    tous(".jupyter-widgets").forEach((bloc) => {
      const etiquette = un(".widget-label", bloc), nom = etiquette && etiquette.textContent.trim();
      if (!nom) return;
      tous("input, select, textarea, .noUi-handle", bloc).forEach((champ) => {
        if (!champ.getAttribute("aria-label") && !(champ.labels && champ.labels.length)) champ.setAttribute("aria-label", nom);
      });
    });
    tous(".widget-toggle-buttons").forEach((bloc) => {
      tous("button", bloc).forEach((b) => b.setAttribute("aria-pressed", String(b.classList.contains("mod-active"))));
    });
    tous("[data-mime-type], .jp-OutputArea-output").forEach((sortie) => { if (sortie.tabIndex === 0) sortie.removeAttribute("tabindex"); });
  }
  let prevu = 0;
  const veiller = () => { cancelAnimationFrame(prevu); prevu = requestAnimationFrame(nommer); };

  /* Chaque onglet a son nom, que sa page reprend en se rechargeant ; un onglet dupliqué ne le copie pas : il n'est rangé
     que le temps de passer d'une page à l'autre. */
  const NOM = "atelier.onglet", lireOnglet = () => { try { const nom = sessionStorage.getItem(NOM); sessionStorage.removeItem(NOM); return nom; } catch { return null; } };
  const onglet = (window.ongletAtelier = lireOnglet() || Math.random().toString(36).slice(2));
  addEventListener("pagehide", () => { try { sessionStorage.setItem(NOM, onglet); } catch { /* stockage refusé */ } });

  /* La session de calcul : on dit vite quand elle est perdue, et rien de saisi ne disparaît en silence. */
  const PERIODE = 3000, DEBUT = "atelier.saisies|", APPORT = "#apport=", RECENT = 8000;
  const saisies = new Map();
  const lieu = () => `${DEBUT}${location.pathname}|${new URLSearchParams(location.search).get("territoire") || ""}|`;
  const racine = () => document.body.dataset.baseUrl.replace(/voila\/$/, "");
  function noyau() {
    const config = un("#jupyter-config-data");
    return config ? JSON.parse(config.textContent).kernelId : null;
  }
  const temoin = (nom) => (document.cookie.match(new RegExp(`(?:^|; )${nom}=([^;]*)`)) || [])[1] || "";
  function etat(texte) { const zone = un("#etat"); if (zone) zone.textContent = texte; }
  function element(nom, texte, classe = "") {
    const x = document.createElement(nom);
    x.textContent = texte; x.className = classe;
    if (nom === "button") x.type = "button";
    return x;
  }
  function bouton(texte, geste) { const x = element("button", texte, "bouton plein"); x.addEventListener("click", geste); return x; }
  function enumerer(lignes) {
    const liste = element("ul", "");
    liste.append(...lignes.map(({ nom, valeur }) => element("li", `${nom} : ${valeur}`)));
    return liste;
  }
  function interruption(texte, ailleurs = false) {
    const zone = un("#interruption");
    document.body.dataset.session = "perdue";
    if (!zone.hidden && zone.dataset.texte === texte) return;
    zone.dataset.texte = texte;
    zone.replaceChildren(element("p", texte), ...(ailleurs ? [nouvelleAdresse()] : []), ...(texte === RELANCE ? [] : [bouton("Recharger la page", () => location.reload())]));
    if (saisies.size) zone.append(element("p", "Pas enregistré, et gardé dans ce navigateur pour vous être rendu à la réouverture :"), enumerer([...saisies.values()]));
    zone.hidden = false;
    etat("Session interrompue");
  }
  /* L'atelier relancé a une autre clé, parfois un autre port : ce que ce navigateur garde ne suit que si on le porte. */
  function nouvelleAdresse() {
    const forme = element("form", "", "champ cle-atelier"), nom = element("label", "Nouvelle adresse"), champ = element("input", ""), faute = element("p", "");
    champ.id = "nouvelle-adresse"; nom.htmlFor = champ.id; champ.autocomplete = "off"; champ.required = true;
    const entrer = element("button", "Rouvrir cette page", "bouton plein");
    entrer.type = "submit";
    forme.addEventListener("submit", (e) => {
      e.preventDefault();
      let voulue = null;
      try { voulue = new URL(champ.value.trim()); } catch { /* pas une adresse */ }
      const cle = voulue && voulue.searchParams.get("token");
      if (!cle || voulue.hostname !== location.hostname || !/^https?:$/.test(voulue.protocol)) {
        faute.textContent = "Ce n’est pas une adresse de cet atelier : recopiez celle qu’affiche « ctg servir », clé comprise (« ?token=… »).";
        return;
      }
      const vers = new URL(location.pathname + location.search, voulue.origin);
      vers.searchParams.set("token", cle);
      if (vers.origin !== location.origin) vers.hash = APPORT + encodeURIComponent(JSON.stringify(brouillons()));
      location.assign(vers);
    });
    forme.append(nom, champ, entrer, faute);
    return forme;
  }
  const SESSION_PERDUE = "La session de calcul s’est arrêtée : les réglages de cette page ne répondent plus. Rechargez la page pour continuer ; ce qui est enregistré est conservé.";
  const RESEAU_PERDU = "Le lien avec l’atelier est coupé : vérifiez que « ctg servir » tourne et que le réseau répond. La page reprendra d’elle-même. Si l’atelier a été relancé à une autre adresse, recopiez-la ici.";
  const RELANCE = "L’atelier a été relancé : cette page ne lui parle plus, et rien de ce que vous y faites maintenant n’est enregistré. Recopiez l’adresse qu’affiche « ctg servir » pour la rouvrir ; ce qui est enregistré est conservé.";
  async function surveiller(id) {
    let absences = 0;
    for (;;) {
      await new Promise((fin) => setTimeout(fin, PERIODE));
      try {
        const reponse = await fetch(`${racine()}session/${id}`, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(PERIODE) });
        if (reponse.status === 404) return interruption(SESSION_PERDUE);
        if (reponse.status >= 500) throw new Error("un intermédiaire répond à la place de l’atelier");
        if (reponse.status !== 204) return interruption(RELANCE, true);
        absences = 0;
        delete document.body.dataset.session;
        const zone = un("#interruption");
        if (!zone.hidden && zone.dataset.texte === RESEAU_PERDU) { zone.hidden = true; etat("Lien rétabli"); }
      } catch { absences += 1; if (absences >= 2) interruption(RESEAU_PERDU, true); }
    }
  }

  /* Ce qui est tapé dans un champ que la page garde reste dans ce navigateur jusqu'à ce qu'elle l'ait reçu ou dit enregistré.
     Les fiches du plan ont leurs propres brouillons (views/composants/brouillons.js). */
  const GARDES = ":is(input, textarea, select):is([data-champ], [data-geste=titre], [role=grid] *, [data-curseur] .curseur-champ *, [data-saisies] [name]):not([data-brouillons] [data-champ])";
  const nomDe = (champ) => champ.getAttribute("aria-label") || (champ.labels && champ.labels[0] && champ.labels[0].textContent.trim());
  const cleDe = (champ) => champ.dataset.cle || champ.id || nomDe(champ);
  function ranger() {
    const gardees = [...saisies.values()].filter((x) => x.garde);
    if (gardees.length) garder(lieu() + onglet, JSON.stringify({ quand: Date.now(), saisies: gardees }));
    else oublier([lieu() + onglet]);
  }
  const oublier = (noms) => { try { noms.forEach((nom) => localStorage.removeItem(nom)); } catch { /* stockage refusé */ } };
  ["input", "change"].forEach((quand) => document.addEventListener(quand, (e) => {
    const champ = e.target, nom = champ.matches && champ.matches(".jupyter-widgets :is(input, textarea, select)") && nomDe(champ), garde = nom && champ.matches(GARDES);
    if (!nom || !(garde || (quand === "input" && champ.tagName !== "SELECT"))) return;
    saisies.set(cleDe(champ), { cle: cleDe(champ), nom, valeur: champ.value, garde });
    if (garde) ranger();
  }, true));
  document.addEventListener("keydown", (e) => { if (e.key === "Escape" && e.target.matches("[role=grid] input") && saisies.delete(cleDe(e.target))) ranger(); }, true);
  document.addEventListener("atelier:recu", (e) => { if (saisies.has(e.detail)) { saisies.get(e.detail).garde = false; ranger(); } });
  document.addEventListener("atelier:enregistre", () => { if (!document.body.dataset.session) { saisies.clear(); ranger(); } });

  function brouillons(debuts = [DEBUT, "atelier.plan|"]) {
    try { return Object.entries(localStorage).filter(([nom]) => debuts.some((debut) => nom.startsWith(debut))); } catch { return []; }
  }
  const laver = (zone) => { zone.hidden = true; zone.replaceChildren(); };
  /* Apportés par l'adresse d'un autre port : rien n'entre dans ce navigateur sans qu'une personne l'accepte. */
  function proposerApport() {
    if (!location.hash.startsWith(APPORT)) return false;
    let apportes = [];
    try { apportes = JSON.parse(decodeURIComponent(location.hash.slice(APPORT.length))).filter(([nom]) => /^atelier\.(saisies|plan)\|/.test(nom)); } catch { /* adresse tronquée */ }
    history.replaceState(null, "", location.pathname + location.search);
    const lignes = apportes.flatMap(([, texte]) => { const b = JSON.parse(texte); return b.saisies || [{ nom: b.champ, valeur: b.valeur }]; });
    if (!lignes.length) return false;
    const zone = un("#interruption");
    zone.replaceChildren(element("p", "Tapé à l’ancienne adresse, et pas enregistré :"), enumerer(lignes),
      bouton("Reprendre ces textes", () => { apportes.forEach(([nom, texte]) => garder(nom, JSON.stringify({ ...JSON.parse(texte), quand: 0 }))); location.reload(); }), bouton("Ne pas les reprendre", () => laver(zone)));
    zone.hidden = false;
    return true;
  }
  /* Ce que cette page n'avait pas pu enregistrer : montré, et remis dans ses champs si on le demande. */
  function rendre() {
    const miennes = lieu() + onglet, zone = un("#interruption");
    const lus = brouillons([lieu()]).map(([cle, texte]) => ({ cle, ...JSON.parse(texte) })).filter((b) => b.cle.startsWith(miennes) || Date.now() - b.quand > RECENT);
    const lignes = lus.flatMap((b) => b.saisies), finir = () => { oublier(lus.map((b) => b.cle)); laver(zone); };
    if (!lignes.length || !zone.hidden) return;
    lus.filter((b) => b.cle === miennes).forEach((b) => { /* ce que l'on tapera maintenant s'écrit à côté */
      b.cle = `${miennes}|${Date.now()}`;
      garder(b.cle, JSON.stringify({ quand: b.quand, saisies: b.saisies })); oublier([miennes]);
    });
    const champ = (ligne) => tous(`.jupyter-widgets ${GARDES}`).find((x) => cleDe(x) === ligne.cle && nomDe(x) === ligne.nom);
    const remettre = async () => { /* les champs se posent encore quand la page vient de s'ouvrir */
      for (let essai = 0; essai < 25 && !lignes.every(champ); essai += 1) await new Promise((fin) => setTimeout(fin, 200));
      const restent = lignes.filter((ligne) => {
        const x = champ(ligne);
        if (!x) return true;
        x.value = ligne.valeur;
        ["input", "change"].forEach((quand) => x.dispatchEvent(new Event(quand, { bubbles: true })));
        return x.value !== ligne.valeur;
      });
      if (!restent.length) return finir();
      zone.replaceChildren(element("p", "Ces textes n’ont plus leur champ dans la page : recopiez-les si besoin."), enumerer(restent), bouton("Oublier ces textes", finir));
    };
    zone.replaceChildren(element("p", "Vous aviez tapé ceci, et la page n’avait pas pu l’enregistrer :"), enumerer(lignes),
      bouton("Remettre dans la page", remettre), bouton("Oublier ces textes", finir));
    zone.hidden = false;
  }

  /* En quittant la page on libère son noyau. Voilà le tente aussi, mais sans le jeton anti-falsification : refusé. */
  function liberer(id) {
    addEventListener("pagehide", () => {
      const envoi = new FormData();
      envoi.append("_xsrf", temoin("_xsrf"));
      navigator.sendBeacon(`${racine()}voila/api/shutdown/${id}`, envoi);
    });
    addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });
  }

  /* Voilà range la page dans son propre cadre, posé à la fin du document : on le remet dans la feuille. */
  function remettreDansLaFeuille() {
    const contenu = un("#contenu"), cadre = un("body > #main");
    if (cadre) contenu.append(cadre);
    return Boolean(cadre);
  }
  function attendreLeCadre() {
    if (remettreDansLaFeuille()) return;
    const guet = new MutationObserver(() => { if (remettreDansLaFeuille()) guet.disconnect(); });
    guet.observe(document.body, { childList: true });
  }

  function commencer() {
    projection();
    choixDuTerritoire();
    const id = noyau();
    if (!id) return;
    attendreLeCadre();
    new MutationObserver(veiller).observe(un("#contenu"), { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
    liberer(id);
    surveiller(id);
    const pret = () => { etat("Cahier prêt, sans connexion internet"); veiller(); if (!proposerApport()) rendre(); };
    document.addEventListener("atelier:pret", pret);
    if (!un("#loading")) pret();
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", commencer); else commencer();
})();
