"""The question who drove: forms and their rules (`forms.py`), the pages one after another (`pages.py`)."""
