"""Ce que Voilà met en page, à notre façon : gabarits compilés une fois, erreurs dites en français."""

from typing import Any

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from voila import notebook_renderer
from voila.execute import VoilaExecutor
from voila.exporter import VoilaExporter

ERREUR_IMPREVUE = (
    "Une erreur imprévue a arrêté le calcul. Rechargez la page ; si elle revient, le détail est dans la fenêtre "
    "où tourne « ctg servir »."
)


class AtelierExecutor(VoilaExecutor):
    """Un message en français quand une cellule échoue : le nôtre s'il vient de ctgkit, sinon un mot général."""

    def strip_code_cell_errors(self, cell: Any) -> Any:
        for output in cell.get("outputs", []):
            if output["output_type"] == "error" and output["traceback"] != [output["evalue"]]:
                self.log.error("\n".join(output["traceback"]))
                output.update(ename="Erreur", evalue=ERREUR_IMPREVUE, traceback=[ERREUR_IMPREVUE])
        return cell


class _CompiledOnce(BytecodeCache):
    """Voilà refait un moteur de gabarits à chaque page : sans mémoire, la moitié de l'ouverture va à les recompiler."""

    def __init__(self) -> None:
        self.compiles: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if octets := self.compiles.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(octets)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.compiles[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_GABARITS = _CompiledOnce()


class AtelierExporter(VoilaExporter):
    def _create_environment(self) -> Environment:
        environnement = super()._create_environment()
        environnement.bytecode_cache = _GABARITS
        return environnement


def install() -> None:
    """Le moteur de rendu de Voilà nomme ses deux classes en dur : c'est la seule façon de lui donner les nôtres."""
    notebook_renderer.VoilaExecutor = AtelierExecutor
    notebook_renderer.VoilaExporter = AtelierExporter
