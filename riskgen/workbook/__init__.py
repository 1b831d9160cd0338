"""Excel workbooks: made, and read. The only room that knows openpyxl."""
