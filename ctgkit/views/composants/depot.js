/* Un fichier envoyé par morceaux : aucune limite de message, et l'on voit où l'on en est. */
const PAS = 1 << 19;
function render({ model, el }) {
  const boite = document.createElement("div"), etiquette = document.createElement("label"), entree = document.createElement("input"), voix = document.createElement("p");
  boite.className = "champ depot"; voix.className = "aide"; voix.setAttribute("role", "status");
  etiquette.textContent = model.get("libelle"); entree.type = "file"; entree.id = `depot-${Math.random().toString(36).slice(2)}`; etiquette.htmlFor = entree.id;
  boite.append(entree, etiquette, voix); el.append(boite);
  let suite = null;
  const recu = (m) => { if (m.recu && suite) suite(); };
  entree.addEventListener("change", async () => {
    const f = entree.files[0];
    if (!f) return;
    if (f.size > model.get("maximum")) { voix.textContent = "Fichier trop lourd pour la page : utilisez « ctg importer » dans un terminal."; entree.value = ""; return; }
    entree.disabled = true;
    for (let debut = 0, rang = 0; debut < f.size || rang === 0; debut += PAS, rang += 1) {
      const octets = await f.slice(debut, debut + PAS).arrayBuffer(), fin = debut + PAS >= f.size;
      voix.textContent = fin ? `Lecture de ${f.name}…` : `Envoi de ${f.name} : ${Math.round((100 * debut) / f.size)} %`;
      await new Promise((ok) => { suite = ok; model.send({ nom: f.name, rang, fin }, null, [octets]); });
    }
    entree.disabled = false; entree.value = ""; voix.textContent = "";
  });
  model.on("msg:custom", recu);
  return () => model.off("msg:custom", recu);
}
export default { render };
