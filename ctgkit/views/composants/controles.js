/* Les contrôles d'un formulaire : texte, date, choix, cases à cocher, tableau. Lire et poser leur valeur, rien d'autre. */
function controles(racine) {
  const un = (choix, dans = racine) => dans.querySelector(choix), tous = (choix, dans = racine) => [...dans.querySelectorAll(choix)];
  const cle = (x) => CSS.escape(x);

  /* Lire et poser la valeur d'un contrôle, quelle que soit sa forme. */
  const cases = (c) => tous("input[type=checkbox]", c.el);
  const vide = (ligne) => Object.values(ligne).every((v) => v === "" || v === "non");
  function lire(c) {
    if (c.genre === "codes") return [...cases(c).filter((x) => x.checked).map((x) => x.value), ...c.ailleurs];
    if (c.genre === "tableau") return tous("[data-rang]", c.el).map((l) => Object.fromEntries(tous("[data-col]", l).map((x) => [x.dataset.col, x.type === "checkbox" ? (x.checked ? "oui" : "non") : x.value]))).filter((l) => !vide(l));
    if (c.el.type === "checkbox") return c.el.checked ? "oui" : "";
    if (c.genre === "radio") return un("input:checked", c.el)?.value || "";
    if (c.genre === "seul") return c.el.value ? [c.el.value] : [];
    return c.el.value;
  }
  function poser(c, v) {
    if (c.genre === "codes") {
      const voulus = new Set(v || []);
      cases(c).forEach((x) => { x.checked = voulus.delete(x.value); });
      c.ailleurs = [...voulus]; // un renvoi que la liste ne propose plus reste gardé
      resumer(c);
    } else if (c.genre === "tableau") lignes(c, v || []);
    else if (c.el.type === "checkbox") c.el.checked = v === "oui";
    else if (c.genre === "radio") tous("input", c.el).forEach((x) => { x.checked = x.value === v; });
    else if (c.genre === "seul") c.el.value = (v || [])[0] || "";
    else if (c.el.value !== (v || "")) {
      const ici = document.activeElement === c.el, place = ici ? c.el.selectionStart : 0;
      c.el.value = v || "";
      if (c.el.tagName === "SELECT" && c.el.value !== (v || "")) ajouterOption(c.el, v);
      if (ici && c.el.setSelectionRange) c.el.setSelectionRange(place, place);
    }
  }
  function ajouterOption(menu, v) {
    const o = document.createElement("option");
    o.value = v; o.textContent = v; menu.append(o); menu.value = v;
  }
  function lignes(c, valeurs) {
    const modele = un(`template[data-ligne="${cle(c.nom)}"]`), presentes = tous("[data-rang]", c.el);
    while (presentes.length > valeurs.length) presentes.pop().remove();
    while (presentes.length < valeurs.length) {
      c.el.append(modele.content.cloneNode(true));
      presentes.push(c.el.lastElementChild);
    }
    presentes.forEach((l, i) => {
      un("legend", l).textContent = `${un("legend", modele.content).textContent} ${i + 1}`;
      tous("[data-col]", l).forEach((x) => {
        const v = valeurs[i][x.dataset.col] ?? "";
        if (x.type === "checkbox") x.checked = v === "oui";
        else if (x.value !== v) { x.value = v; if (x.tagName === "SELECT" && x.value !== v) ajouterOption(x, v); }
      });
    });
  }
  function resumer(c) {
    const choisis = cases(c).filter((x) => x.checked), resume = un("[data-resume]", c.el);
    const mots = [...choisis.map((x) => x.nextElementSibling.textContent.trim()), ...c.ailleurs], n = mots.length;
    resume.textContent = !n ? c.deduit || "rien de choisi" : c.el.dataset.tout && n === cases(c).length ? c.el.dataset.tout : n <= 3 ? mots.join(", ") : `${mots.slice(0, 3).join(", ")} et ${n - 3} autre${n > 4 ? "s" : ""}`;
    resume.classList.toggle("discret", !n);
  }
  /* Une liste que plusieurs menus partagent : ceux des tableaux, déjà ouverts ou à venir, suivent aussi. */
  function menus(nom, paires) {
    const choix = `[data-renvoi="${cle(nom)}"]`;
    [...tous(choix), ...tous("template").flatMap((t) => tous(choix, t.content))].forEach((menu) => {
      if (menu.paires === paires) return;
      const v = menu.value;
      menu.paires = paires;
      menu.replaceChildren(menu.options[0], ...paires.map(([valeur, texte]) => new Option(texte, valeur)));
      menu.value = v;
      if (menu.value !== v) ajouterOption(menu, v);
    });
  }
  function chercher(x) {
    const nu = (t) => t.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase(), mots = nu(x.value).split(/\s+/).filter(Boolean), boite = x.closest(".options");
    tous("label.coche", boite).forEach((l) => { const t = nu(l.textContent); l.hidden = !mots.every((m) => t.includes(m)); });
    tous(".groupe-coches", boite).forEach((g) => { g.hidden = !un("label.coche:not([hidden])", g); });
  }
  return { un, tous, cle, cases, lire, poser, resumer, menus, chercher };
}
