"""The work behind the dashboard; nothing in here knows Streamlit."""
