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

  /* La session de calcul : on dit vite quand elle est perdue, et rien de saisi ne disparaît en silence. */
  const PERIODE = 3000;
  const saisies = new Map();
  const racine = () => document.body.dataset.baseUrl.replace(/voila\/$/, "");
  function noyau() {
    const config = un("#jupyter-config-data");
    return config ? JSON.parse(config.textContent).kernelId : null;
  }
  const temoin = (nom) => (document.cookie.match(new RegExp(`(?:^|; )${nom}=([^;]*)`)) || [])[1] || "";
  function etat(texte) { const zone = un("#etat"); if (zone) zone.textContent = texte; }
  function interruption(texte) {
    const zone = un("#interruption");
    if (!zone.hidden && zone.dataset.texte === texte) return;
    zone.dataset.texte = texte;
    zone.textContent = "";
    const p = document.createElement("p"), bouton = document.createElement("button");
    p.textContent = texte;
    bouton.type = "button"; bouton.className = "bouton plein"; bouton.textContent = "Recharger la page";
    bouton.addEventListener("click", () => location.reload());
    zone.append(p, bouton);
    if (saisies.size) {
      const liste = document.createElement("ul"), titre = document.createElement("p");
      titre.textContent = "Ce que vous aviez saisi sur cette page, à reprendre si besoin :";
      saisies.forEach((valeur, nom) => { const li = document.createElement("li"); li.textContent = `${nom} : ${valeur}`; liste.append(li); });
      zone.append(titre, liste);
    }
    zone.hidden = false;
    etat("Session interrompue");
  }
  const SESSION_PERDUE = "La session de calcul s’est arrêtée : les réglages de cette page ne répondent plus. Rechargez la page pour continuer ; ce qui est enregistré est conservé.";
  const RESEAU_PERDU = "Le lien avec l’atelier est coupé : vérifiez que « ctg servir » tourne et que le réseau répond. La page reprendra d’elle-même, ou rechargez-la.";
  async function surveiller(id) {
    let absences = 0;
    for (;;) {
      await new Promise((fin) => setTimeout(fin, PERIODE));
      try {
        const reponse = await fetch(`${racine()}session/${id}`, { cache: "no-store", signal: AbortSignal.timeout(PERIODE) });
        if (reponse.status === 404) return interruption(SESSION_PERDUE);
        absences = 0;
        const zone = un("#interruption");
        if (!zone.hidden && zone.dataset.texte === RESEAU_PERDU) { zone.hidden = true; etat("Lien rétabli"); }
      } catch { absences += 1; if (absences >= 2) interruption(RESEAU_PERDU); }
    }
  }
  document.addEventListener("input", (e) => {
    const champ = e.target, nom = champ.getAttribute("aria-label") || (champ.labels && champ.labels[0] && champ.labels[0].textContent.trim());
    if (nom && champ.matches(".jupyter-widgets input, .jupyter-widgets textarea")) saisies.set(nom, champ.value);
  });
  document.addEventListener("atelier:enregistre", () => saisies.clear());

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
    document.addEventListener("atelier:pret", () => { etat("Cahier prêt, sans connexion internet"); veiller(); });
    if (!un("#loading")) { etat("Cahier prêt, sans connexion internet"); veiller(); }
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", commencer); else commencer();
})();
