"""The page at `/`: it opens the page on which the viewer begins.

The default page has no path of its own in Streamlit: were it one of the others, its own address
would answer "Page not found".
"""

import streamlit as st

from pages._ui.frame.places import first_page
from pages._ui.frame.viewer import actor

st.switch_page(first_page(actor()), query_params=st.query_params.to_dict())
