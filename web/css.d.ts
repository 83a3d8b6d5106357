/** Styles have no values: the build puts them into one file. */
declare module '*.css';
