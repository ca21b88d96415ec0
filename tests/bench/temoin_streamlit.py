"""Les deux pages en Streamlit, avec notre moteur : mêmes chiffres, contrôles et graphiques comparables.

`streamlit run temoin_streamlit.py` ; l'adresse choisit : `?page=20_bonus_territoire` ou `?page=10_diagnostic`.
Tout ce que Streamlit sait garder entre deux visiteurs l'est : le témoin est aussi rapide qu'on sait le faire.
"""

from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ctgkit.diagnostic import compare_theme, measure, publish
from ctgkit.simulation import flat_table, simulate
from ctgkit.storage import load_territoire
from ctgkit.territoire import Scenario

TERRITOIRES = ["exemple", "valenciennes-metropole", "cambrai", "armentieres"]
THEMES = ["petite_enfance", "enfance", "jeunesse", "parentalite", "logement"]


@st.cache_resource
def territoire(code: str):
    return load_territoire(code)


@st.cache_resource
def publication(code: str):
    return publish(territoire(code))


def bonus(code: str) -> None:
    repartition = st.radio("Répartition de l'existant", ["lisse", "historique"])
    scenario = replace(Scenario("Référence"), repartition=repartition)
    montants = flat_table(simulate(territoire(code), scenario))
    annees = sorted(montants["annee"].unique())
    annee = st.select_slider("Année", annees)
    vus = montants[(montants["annee"] == annee) & montants["dispositif"].str.startswith("bonus")]
    for colonne, (nom, part) in zip(st.columns(4), vus.groupby("service"), strict=False):
        colonne.metric(nom, f"{part['bas'].sum():,.0f} €")
    par_commune = vus.groupby("commune")[["bas", "haut"]].sum().reset_index()
    figure = go.Figure(
        [
            go.Bar(y=par_commune["commune"], x=par_commune[borne], orientation="h", name=borne)
            for borne in ("bas", "haut")
        ]
    )
    st.plotly_chart(figure)
    st.dataframe(vus.groupby(["structure", "nom", "commune"])[["bas", "haut"]].sum().reset_index())
    for structure in vus["structure"].unique()[:12]:
        st.number_input(f"Quantité de {structure}", 0, 500, 10)


def diagnostic(code: str) -> None:
    theme = st.radio("Thème", THEMES)
    publie, lieu = publication(code), territoire(code)
    lues = [c for c in compare_theme(publie, theme) if c.mesure.valeur is not None]
    for colonne, c in zip(st.columns(4), lues, strict=False):
        colonne.metric(c.mesure.definition.libelle, c.mesure.valeur, c.ecart)
    noms = [c.mesure.definition.libelle for c in lues]
    st.plotly_chart(
        go.Figure(
            [
                go.Scatter(x=[c.mesure.valeur for c in lues], y=noms, mode="markers", name="ici"),
                go.Scatter(x=[c.repere.valeur for c in lues], y=noms, mode="markers", name="repère"),
            ]
        )
    )
    revenus = [measure(publie, "AS05", c.code_insee).valeur for c in lieu.communes]
    st.plotly_chart(go.Figure(go.Box(x=[r for r in revenus if r is not None], boxpoints="all")))
    st.plotly_chart(
        go.Figure(
            go.Scatter(
                x=[c.lon for c in lieu.communes],
                y=[c.lat for c in lieu.communes],
                mode="markers",
                text=[c.nom for c in lieu.communes],
            )
        )
    )
    st.dataframe(pd.DataFrame({"commune": [c.nom for c in lieu.communes], "valeur": revenus}))
    st.write("\n".join(f"- {c.lecture}" for c in lues))


choisi = st.selectbox("Territoire", TERRITOIRES)
{"20_bonus_territoire": bonus, "10_diagnostic": diagnostic}[st.query_params["page"]](choisi)
