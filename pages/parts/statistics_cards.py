"""The charts and small tables of the statistics, each in a card that says what is counted."""

import streamlit as st

from pages.parts.charts import draw_clips_timeline, draw_models, draw_spend_timeline, unit_of
from pages.parts.number_tables import draw_costs, draw_times
from services.catalog import Catalog
from services.statistics import Statistics


def draw_cards(numbers: Statistics, catalog: Catalog) -> None:
    """Two beside each other where there is room."""
    unit = unit_of(numbers)
    grid = st.grid(2, min_column_width=340)
    with grid.cell(), st.container(border=True):
        st.subheader(f"Clips by {unit}", help="Completed clips, counted when they were finished.")
        draw_clips_timeline(numbers, catalog)
    with grid.cell(), st.container(border=True):
        st.subheader(
            f"Spend by {unit}", help="Known cost of jobs, failed ones included, counted when they ended."
        )
        draw_spend_timeline(numbers)
    with grid.cell(), st.container(border=True):
        st.subheader("Jobs by model", help="How jobs ended. A clip that is tried again is a new job.")
        draw_models(numbers, catalog)
    with grid.cell(), st.container(border=True):
        st.subheader(
            "What it costs", help="Unknown costs and idle workers are in no sum, because nobody knows them."
        )
        draw_costs(numbers.jobs)
    with st.container(border=True):
        st.subheader("How long it takes", help="Of jobs and clips that were finished in this period.")
        draw_times(numbers)
