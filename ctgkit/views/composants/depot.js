/* Le contrôle qui choisit un fichier et montre où en est son envoi. */
function render({ model, el }) {
  const boite = document.createElement("div"), etiquette = document.createElement("label"), entree = document.createElement("input"), voix = document.createElement("p");
  boite.className = "champ depot"; voix.className = "aide"; voix.setAttribute("role", "status");
  etiquette.textContent = model.get("libelle"); entree.type = "file"; entree.id = `depot-${Math.random().toString(36).slice(2)}`; etiquette.htmlFor = entree.id;
  boite.append(entree, etiquette, voix); el.append(boite);
  const envoi = envoiParMorceaux(model, (_, texte) => { voix.textContent = texte; });
  const recu = (m) => { if (m.recu) envoi.recu(); };
  entree.addEventListener("change", () => envoi.partir(entree, model.get("maximum"), "ctg importer"));
  model.on("msg:custom", recu);
  return () => model.off("msg:custom", recu);
}
export default { render };
