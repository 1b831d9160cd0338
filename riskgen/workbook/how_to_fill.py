"""What the sheet "How to fill this in" says: headings, and a paragraph for each."""

from riskgen.files.visit_columns import NOTHING_MISSING

_WORDS = f"""
One row, one visit
On the sheet Visits each row is one visit. Begin in row 5, below the example in grey.

What is needed
A heading that begins with "Needed" stands over what no visit can be without. As soon as a row is begun, the first
column says in words what is still missing, and the empty cells are coloured. When all of that is there, it says
"{NOTHING_MISSING}".

All the rest
Answer as many of the other questions as you can. An empty cell means that the answer is not known, and so does "Not
known". Neither is ever taken for a no: what is not known, and matters, has to be found out before the visit.

Lists
Where a cell offers a list, choose from it. What a question means, and what may stand in the cell, shows when you stand
on it. The sheet Dictionary has it all together.

Dates and times
Type a date such as 2 Dec 2026, a time such as 10:30, and the start of a visit as both: 2 Dec 2026 10:30. A length is in
whole minutes. Several times have semicolons between them: 11:30; 13:15.

Visitors
One member of staff in each of the columns for visitors. One is needed.

What became of it
Three columns beside the first one are folded away, and empty: Reference, Decision and Problems. In the copy that
riskgen gives back they say what became of each row. Leave them as they are.

Groups of columns
Questions stand in groups. With the plus and minus signs above the columns a group can be folded away.

Columns
You may move columns, hide them, and add your own, each with a heading: riskgen leaves those alone, and says so. Leave
row 3 as it is: by the names in it riskgen knows which column is which.

The example
The grey row is invented, and is never read as a visit. You may delete it.

Keep it safe
Once filled in, the sheet holds personal data. Keep it where the pupils' files are kept, and delete it when the visits
are recorded. Never write a safe word into it.

When it is filled in
Save it as an Excel workbook (.xlsx), and have riskgen assess its visits: riskgen batch FILE.xlsx
"""
HOW_TO_FILL = tuple(
    (heading, text.replace("\n", " "))
    for heading, _, text in (part.partition("\n") for part in _WORDS.strip().split("\n\n"))
)
"""Headings and paragraphs."""
