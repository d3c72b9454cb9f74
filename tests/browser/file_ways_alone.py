"""A page with every way to a file that the product must not have, for the control of the walk."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

st.title("Ways to a file")
table = pd.DataFrame({"a": [1, 2]})
st.dataframe(table)
st.table(table)
st.plotly_chart(go.Figure(go.Bar(y=[1])))
st.download_button("Take it", "x", file_name="x.csv")
