/* Ce qui est tapé et pas encore enregistré : gardé dans ce navigateur, remis dans le champ quand on le rouvre. */
const RECENT = 8000;

function carnetDeBrouillons(territoire) {
  /* Un onglet rechargé retrouve les siens tout de suite ; ceux d'un autre onglet, quand il a cessé d'écrire. */
  const onglet = window.ongletAtelier || Math.random().toString(36).slice(2); // l'atelier nomme ses onglets (atelier.js)
  const debut = `atelier.plan|${territoire}|`, cle = (fiche, champ) => `${debut}${fiche}|${champ}|${onglet}`;
  let permis = true;
  const essayer = (geste, sinon) => { try { return geste(); } catch { permis = false; return sinon; } };
  const lire = (nom) => essayer(() => JSON.parse(localStorage.getItem(nom)), null);
  const tous = () => essayer(() => Object.keys(localStorage).filter((n) => n.startsWith(debut)), [])
    .map((nom) => ({ nom, ...lire(nom) })).filter((b) => b.fiche && b.champ);
  const repris = (b) => b.onglet === onglet || Date.now() - b.quand > RECENT;
  const garder = (fiche, champ, valeur, version) => essayer(() => localStorage.setItem(cle(fiche, champ), JSON.stringify({ fiche, champ, valeur, version, onglet, quand: Date.now() })));
  /* Un texte par champ, le nôtre d'abord, sinon le dernier écrit ; il devient le nôtre, les autres attendent leur tour. */
  function adopter(laisses) {
    const choisis = new Map();
    laisses.sort((a, b) => (a.onglet === onglet) - (b.onglet === onglet) || a.quand - b.quand).forEach((b) => choisis.set(b.champ, b));
    return [...choisis.values()].map((b) => {
      if (b.onglet !== onglet) { garder(b.fiche, b.champ, b.valeur, b.version); if (permis) essayer(() => localStorage.removeItem(b.nom)); }
      return b;
    });
  }
  return {
    get permis() { return permis; },
    garder,
    oublier: (fiche, champ) => essayer(() => localStorage.removeItem(cle(fiche, champ))),
    lire: (fiche, champ) => lire(cle(fiche, champ)),
    de: (fiche) => adopter(tous().filter((b) => b.fiche === fiche && repris(b))),
    ailleurs: (fiche) => tous().filter((b) => b.fiche !== fiche && b.onglet === onglet),
  };
}
