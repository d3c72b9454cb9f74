"""The page at `/`: it opens the page on which the viewer begins.

The default page has no path of its own in Streamlit: were it one of the others, its own address
would answer "Page not found".
"""

import streamlit as st

from pages._ui.frame.go import go_to, page_address
from pages._ui.frame.places import first_page
from pages._ui.frame.viewer import actor

asked = {name: st.query_params.get_all(name) for name in st.query_params}
go_to(page_address(first_page(actor()), asked), instead=True)
